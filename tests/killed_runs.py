"""Trainings that are killed at random moments and continued: python killed_runs.py IMAGES RUNS KILLS SEED.

One process imports everything and trains without interruption into RUNS/whole. Its forks train into RUNS/killed_1, each
from the checkpoint that the one before left, and are killed, until one comes to the end; then the next begin in
RUNS/killed_2, until KILLS have been. Before that, four times as many while they only save.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from nuclei import Run, digest

from rlseg.__main__ import main
from rlseg.training.run_folder import WholeCheckpointIO


def words(folder: Path, run: Run) -> list[str]:
    """Eight epochs of two steps, or the rest of them, with a replay and all else that a checkpoint has to carry."""
    plain = Run.words(folder, run.folder)
    del plain[plain.index("--trainer.logger") :]
    plain += ["--trainer.logger", "false", "--data.batches_per_epoch", "2"]
    plain += [*Run.GUIDED, "--trainer.max_epochs", "8", "--trainer.default_root_dir", str(run.folder)]
    return plain + (["--ckpt_path", str(run.last)] if run.last.exists() else [])


def train(folder: Path, run: Run, moment: float = 600) -> bool:
    """Fork, train, kill after a time; whether it ended by itself before."""
    log = run.folder.parent / "said.txt"
    child = os.fork()
    if child == 0:
        with log.open("a") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os._exit(main(words(folder, run)))
    began = time.monotonic()
    while time.monotonic() < began + moment:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            # one that was killed between its last checkpoint and its end has nothing left to do
            over = log.read_text().rstrip().splitlines()[-2:-1]
            ended = os.waitstatus_to_exitcode(status) == 0 or any(
                "is over: trainer.max_epochs" in line for line in over
            )
            assert ended, log.read_text()[-3000:]
            return True
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def kill_and_continue(folder: Path, runs: Path, kills: int, seed: int) -> None:
    """See above; prints how often it was killed, and how many steps the checkpoints had made by then."""
    chance = random.Random(seed)
    whole = Run(runs / "whole")
    assert main(words(folder, whole)) == 0
    began = time.monotonic()  # now that all is compiled
    assert train(folder, Run(runs / "again"))
    length = time.monotonic() - began
    content, whole_best = whole.content(), torch.load(whole.best, weights_only=True)
    done = chain = 0
    while done < kills:
        chain += 1
        run = Run(runs / f"killed_{chain}")
        seen = []
        while not train(folder, run, chance.uniform(0.1, 0.9) * length if done < kills else 600):
            done += 1
            seen.append(int(run.content()["state_dict"]["steps_done"]) if run.last.exists() else 0)
        assert seen == sorted(seen), "a kill has lost a step that had been saved"
        rest, best = run.content(), torch.load(run.best, weights_only=True)
        assert not [part for part in content if digest(rest[part]) != digest(content[part])]
        assert not [part for part in whole_best if digest(best[part]) != digest(whole_best[part])]
        print("killed after", *seen, "steps", flush=True)
    print(f"killed {done} times in training")


def kill_while_saving(path: Path, kills: int, seed: int) -> None:
    """Forks that do nothing but save their next number into one file, each killed within 30 ms."""
    chance = random.Random(seed)
    found = [-1]
    for kill in range(kills):
        child = os.fork()
        number = kill * 10**6
        while child == 0:
            WholeCheckpointIO().save_checkpoint({"number": number, "all": torch.full((50_000,), float(number))}, path)
            number += 1
        time.sleep(chance.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if path.exists():
            saved = torch.load(path, weights_only=True)
            assert bool((saved["all"] == saved["number"]).all())
            found.append(saved["number"])
    assert found == sorted(found), "an older checkpoint has come back"
    assert len(set(found)) > kills / 5
    assert {file.name for file in path.parent.iterdir()} <= {path.name, f"{path.name}.part"}
    print(f"killed {kills} times while saving")


if __name__ == "__main__":
    count, number = int(sys.argv[3]), int(sys.argv[4])
    kill_while_saving(Path(sys.argv[2]) / "saved" / "last.ckpt", 4 * count, number)
    kill_and_continue(Path(sys.argv[1]), Path(sys.argv[2]), count, number)
