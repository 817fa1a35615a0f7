"""A run that is continued ends where the uninterrupted one does, bit for bit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from nuclei import Run, digest

from rlseg.__main__ import main

PATH = (str(Path(__file__).parents[1]), str(Path(__file__).parents[2]))
STOP = ("--trainer.callbacks", "rank_report.StopAfter", "--trainer.callbacks.epochs", "3")


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_52_a_resumed_run_is_the_uninterrupted_one(
    learner: str, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole: Run = request.getfixturevalue("trained" if learner == "policy_gradient" else "trained_guided")
    more = () if learner == "policy_gradient" else Run.GUIDED
    half = Run.fit(folder, tmp_path, *more, *STOP)
    assert int(half.content()["state_dict"]["steps_done"]) == 9
    assert digest(half.content()["state_dict"]) != digest(whole.content()["state_dict"])
    rest = Run.fit(folder, tmp_path, *more, "--ckpt_path", str(half.last))
    assert rest.folder != half.folder
    assert int(rest.content()["state_dict"]["steps_done"]) == 12
    assert_same_end(rest, whole)
    if learner == "guided":
        assert len(rest.content()["learner_memory"]["items"]) == 6


def test_52_a_run_that_was_stopped_while_it_imitates_ends_its_imitation_where_it_would_have(
    folder: Path, tmp_path: Path
) -> None:
    more = ["--data.batches_per_epoch", "9", "--trainer.max_epochs", "3"]
    more += ["--model.imitation.steps", "26", "--model.imitation.share", "0.99"]
    more += ["--trainer.callbacks", "rank_report.EasyTeacher"]
    whole, half = Run.fit(folder, tmp_path, *more), Run.fit(folder, tmp_path, *more, "--trainer.callbacks.epochs", "1")
    before, after = (run.content()["imitation"]["phase"] for run in (half, whole))
    assert before["length"] is None
    assert len(before["paid"]) == 3, "the images of one batch in three have been compared"
    assert 9 < after["length"] < 26, "it was the policy that ended it"
    rest = Run.fit(folder, tmp_path, *more, "--ckpt_path", str(half.last))
    assert rest.content()["imitation"] == whole.content()["imitation"]
    assert_same_end(rest, whole)


def test_the_last_checkpoint_is_that_of_the_last_epoch_also_when_it_is_not_the_best(trained: Run) -> None:
    best = torch.load(trained.best, weights_only=True)
    last = trained.content()
    assert int(last["state_dict"]["steps_done"]) == 12
    assert int(best["state_dict"]["steps_done"]) in (3, 6, 9, 12)


def test_best_is_the_largest_validation_reward(trained: Run) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(trained.folder)).Reload()
    rewards = [event.value for event in events.Scalars("validation/reward")]
    assert len(rewards) == 4
    best = torch.load(trained.best, weights_only=True)
    step = int(best["state_dict"]["steps_done"])
    assert step == 3 * (rewards.index(max(rewards)) + 1)


def test_resuming_keeps_a_better_checkpoint_of_before(folder: Path, trained: Run, tmp_path: Path) -> None:
    """Continued with a policy that is made worse at once, the best one stays."""
    content = torch.load(trained.last, weights_only=True)
    for name, values in content["state_dict"].items():
        if name.startswith("learner.") and values.is_floating_point():
            values.zero_()
    spoiled = tmp_path / "given" / "spoiled.ckpt"
    spoiled.parent.mkdir()
    torch.save(content, spoiled)
    shutil.copy(trained.best, spoiled.parent)
    more = ("--trainer.max_epochs", "5", "--ckpt_path", str(spoiled))
    rest = Run.fit(folder, tmp_path, *more)
    assert int(rest.content()["state_dict"]["steps_done"]) == 15
    earlier, kept = (torch.load(run.best, weights_only=True)["state_dict"] for run in (trained, rest))
    assert digest(kept) == digest(earlier)


def test_68_ctrl_c_leaves_a_checkpoint_and_exit_code_130(folder: Path, tmp_path: Path) -> None:
    """Within the first epoch, in a process of its own; the run can be continued from what it left."""
    words = Run.words(folder, tmp_path, "--data.batches_per_epoch", "50")
    done = command([*words, *signalled(8, signal.SIGINT)])
    assert done.returncode == 130, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert "interrupted" in done.stderr
    run = Run.newest(tmp_path)
    assert f"resume with --ckpt_path {run.last}" in done.stderr
    assert int(run.content()["state_dict"]["steps_done"]) == 8
    images = str(folder / "images")
    assert main(["predict", str(run.last), images, "--output", str(tmp_path / "labels")]) == 0
    assert len(list((tmp_path / "labels").glob("*.tif"))) == 6
    rest = Run.fit(folder, tmp_path, "--ckpt_path", str(run.last), "--trainer.max_epochs", "5")
    assert int(rest.content()["state_dict"]["steps_done"]) > 8


def command(words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    """`rlseg WORDS` in a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(PATH)} | more
    line = [sys.executable, "-m", "rlseg", *words]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120)


def signalled(step: int, number: signal.Signals) -> list[str]:
    """Arguments of a training that sends itself a signal."""
    callback = ["--trainer.callbacks", "rank_report.PressCtrlC", "--trainer.callbacks.step", str(step)]
    return [*callback, "--trainer.callbacks.number", str(int(number))]


def assert_same_end(rest: Run, whole: Run) -> None:
    """All that the last and the best checkpoint hold, bit for bit."""
    for name in ("last.ckpt", "best.ckpt"):
        mine, theirs = (torch.load(run.folder / "checkpoints" / name, weights_only=True) for run in (rest, whole))
        assert mine.keys() == theirs.keys()
        assert not [part for part in theirs if digest(mine[part]) != digest(theirs[part])], name


@pytest.fixture
def signals() -> Iterator[None]:
    """Puts the signals back that a run has listened to."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
    handlers = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


def test_52_53_a_run_that_sigterm_ended_within_an_epoch_goes_on_bit_by_bit(
    folder: Path, trained_guided: Run, tmp_path: Path, signals: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(Run.words(folder, tmp_path, *Run.GUIDED, *signalled(8, signal.SIGTERM))) == 143
    assert "terminated" in capsys.readouterr().err
    half = Run.newest(tmp_path)
    assert int(half.content()["state_dict"]["steps_done"]) == 8
    rest = Run.fit(folder, tmp_path, *Run.GUIDED, "--ckpt_path", str(half.last))
    assert_same_end(rest, trained_guided)


def test_53_a_cluster_that_asks_for_the_machine_gets_a_checkpoint_and_the_job_back(
    folder: Path,
    trained: Run,
    tmp_path: Path,
    signals: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """SIGUSR1 with SLURM's environment; the cluster's command is a stand-in."""
    stub = tmp_path / "bin" / "scontrol"
    stub.parent.mkdir()
    queued = Run(tmp_path / "tiny" / "version_4711")
    kept = tmp_path / "kept"
    stub.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/scontrol.txt\ncp -r {queued.last.parent} {kept}\n')
    stub.chmod(0o755)
    names = {"JOB_ID": "4711", "JOB_NAME": "rlseg", "NTASKS": "1", "PROCID": "0", "LOCALID": "0", "NODEID": "0"}
    slurm = {f"SLURM_{name}": value for name, value in names.items()} | {"SLURM_NODELIST": "127.0.0.1"}
    words = Run.words(folder, tmp_path, *signalled(7, signal.SIGUSR1), "--trainer.logger.version", "4711")
    for name, value in (slurm | {"PATH": os.pathsep.join((str(stub.parent), os.environ["PATH"]))}).items():
        monkeypatch.setenv(name, value)
    assert main([*words, "--trainer.default_root_dir", str(tmp_path)]) == 0
    for name in slurm:
        monkeypatch.delenv(name)
    assert (tmp_path / "scontrol.txt").read_text() == "requeue 4711\n"
    assert f"SIGUSR1: resume with --ckpt_path {queued.last}" in caplog.text
    assert "SLURM job 4711 is put into the queue again" in caplog.text
    assert not list(tmp_path.glob("hpc_ckpt*")), "Lightning has saved as well"
    # nobody ended the run: saving has not disturbed it
    assert_same_end(queued, trained)
    rest = Run.fit(folder, tmp_path, "--ckpt_path", str(kept / "last.ckpt"), "--trainer.logger.version", "4711")
    assert rest.folder == queued.folder
    assert_same_end(rest, trained)


def test_68_ctrl_c_in_a_later_epoch_keeps_the_checkpoint_of_the_last_whole_one(
    folder: Path, tmp_path: Path, signals: None
) -> None:
    # Lightning switches Ctrl-C off while it shuts down
    assert main(Run.words(folder, tmp_path, *signalled(8, signal.SIGINT))) == 130
    run = Run.newest(tmp_path)
    assert int(run.content()["state_dict"]["steps_done"]) == 6


def reward_of(run: Run) -> float:
    """Validation reward of the last epoch."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return float(EventAccumulator(str(run.folder)).Reload().Scalars("validation/reward")[-1].value)


@pytest.mark.parametrize("epochs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_82_best_and_last_are_those_of_the_uninterrupted_run_wherever_it_stops(
    epochs: int, folder: Path, trained: Run, tmp_path: Path
) -> None:
    """Test 52 stops after three epochs. Here the run is killed after its best checkpoint is saved, before the last."""
    half = Run.fit(folder, tmp_path, *STOP[:-1], str(epochs))
    if epochs == 1:
        next_best = torch.load(Run.fit(folder, tmp_path, *STOP[:-1], "2").best, weights_only=True)
        torch.save(next_best, half.best)
    assert_same_end(Run.fit(folder, tmp_path, "--ckpt_path", str(half.last)), trained)


def test_82_the_last_checkpoint_knows_the_best_score_of_its_own_epoch(folder: Path, tmp_path: Path) -> None:
    """Else a run that is resumed after its best epoch takes the next one, however bad, for the best."""

    def best_score(content: dict[str, Any]) -> float:
        (state,) = (state for name, state in content["callbacks"].items() if "BestCheckpoint" in name)
        return float(state["best_model_score"])

    # everything in pieces, which earns a little, and then nothing to learn it away with
    start = ["--model.imitation.steps", "0", "--model.actor.mu_start", "2.9"]
    run = Run.fit(folder, tmp_path, *start, "--model.learner.lr", "1e-9", "--trainer.max_epochs", "1")
    best = best_score(torch.load(run.best, weights_only=True))
    assert best_score(run.content()) == best > 0.05
    # one more epoch after which everything is merged; a rate cannot be changed from outside
    content = run.content()
    content["hyper_parameters"]["learner"]["lr"] = 1.0
    torch.save(content, run.last)
    more = ["--data.batches_per_epoch", "9", "--trainer.max_epochs", "2"]
    rest = Run.fit(folder, tmp_path, *start, *more, "--ckpt_path", str(run.last))
    assert reward_of(rest) < best
    after = torch.load(rest.best, weights_only=True)
    assert best_score(after) >= best, "the best so far is kept"
    assert best_score(rest.content()) == best_score(after)
