"""Two processes on the CPU, through the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nuclei import Run, write_folder

from rlseg.__main__ import main


def launch(folder: Path, tmp_path: Path, *more: str) -> tuple[int, str]:
    """Train with two processes; exit code, and what was printed."""
    words = Run.words(folder, tmp_path / "runs", "--trainer.devices", "2", "--trainer.strategy", "ddp", *more)
    paths = os.pathsep.join((str(Path(__file__).parents[1]), str(Path(__file__).parents[2])))
    environment = os.environ | {"MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    command = [sys.executable, "-m", "rlseg", *words]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        printed, _ = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # both processes
        pytest.fail(f"it hangs after {process.communicate()[0][-2000:]}")
    return process.returncode, printed


def train(folder: Path, tmp_path: Path, *more: str) -> tuple[list[dict[str, Any]], str]:
    """Train with two processes; the reports of both, and what was printed."""
    reports = tmp_path / "reports"
    words = ["--trainer.callbacks", "rank_report.RankReport", "--trainer.callbacks.folder", str(reports)]
    code, printed = launch(folder, tmp_path, *words, *more)
    assert code == 0, printed[-3000:]
    return [json.loads((reports / f"rank_{rank}.json").read_text()) for rank in range(2)], printed


@pytest.mark.parametrize("learner", ["policy_gradient", pytest.param("guided", marks=pytest.mark.slow)])
def test_66_67_two_processes_end_with_the_same_weights(learner: str, folder: Path, tmp_path: Path) -> None:
    """The policy gradient validates on three images, an uneven number; guided on one, fewer than processes, and its
    second process has nothing to train from in one of the steps."""
    batches = 17 if learner == "policy_gradient" else 5
    epochs = ["--trainer.max_epochs", "3", "--data.batches_per_epoch", str(batches)]
    if learner == "policy_gradient":
        images, more = folder, [*epochs, "--data.validation_share", "0.5", "--model.imitation.steps", "40"]
        more += ["--model.imitation.share", "0.9"]
    else:
        images, more = write_folder(tmp_path / "few", 3), [*epochs, *Run.GUIDED, "--data.validation_share", "0.3"]
    spoiled = ["--trainer.callbacks.spoil", "8"] if learner == "guided" else []
    easy = [] if learner == "guided" else ["--trainer.callbacks+=rank_report.EasyTeacher"]
    reports, printed = train(images, tmp_path, *spoiled, *easy, *more)
    first, second = reports
    assert first["world"] == second["world"] == 2
    assert first["weights"] == second["weights"]
    assert first["optimisers"] == second["optimisers"]
    assert first["skipped"] == second["skipped"] == len(spoiled) / 2
    assert first["imitated"] == second["imitated"] < 40
    assert printed.count("imitation ends after") == 1
    assert (": what the policy finds is paid" in printed) == bool(easy)
    # what is logged is the mean of both
    np.testing.assert_array_equal(first["losses"], second["losses"])
    assert len(first["losses"]) >= 3 * batches
    assert first["finite"] == (not spoiled)
    # each step, the two look at different parts of one order
    pairs = [(first["images"][i : i + 2], second["images"][i : i + 2]) for i in range(0, len(first["images"]), 2)]
    different = [a != b for a, b in pairs]
    assert sum(different) > len(pairs) / 3
    assert len(first["images"]) == len(second["images"]) == 2 * 3 * batches
    assert "Traceback" not in printed

    # the metrics of both are those that one process finds for the same weights
    assert first["metrics"] == second["metrics"]
    run = Run.newest(tmp_path / "runs")
    alone = validated(images, tmp_path, run, more)
    for name, value in alone.items():
        assert first["metrics"][name] == pytest.approx(value, abs=1e-6), name
    assert {"validation/reward", "validation/mean_ap", "validation/pooled_pq"} <= set(alone)


@pytest.mark.parametrize(
    "way", ["kill", pytest.param("raise", marks=pytest.mark.slow), pytest.param("error", marks=pytest.mark.slow)]
)
def test_66_a_process_that_fails_ends_all_within_a_minute(way: str, folder: Path, tmp_path: Path) -> None:
    moment = tmp_path / "moment.txt"
    words = ["--trainer.callbacks", "rank_report.FailOn", "--trainer.callbacks.step", "4"]
    words += ["--trainer.callbacks.way", way, "--trainer.callbacks.moment", str(moment)]
    code, printed = launch(folder, tmp_path, *words)
    assert code != 0, printed[-3000:]
    assert time.time() - float(moment.read_text()) < 60
    if way == "error":
        assert "rlseg: error: this process was given something wrong" in printed


def validated(images: Path, tmp_path: Path, run: Run, more: list[str]) -> dict[str, float]:
    """Metrics of `rlseg validate` in this process."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    words = Run.words(images, tmp_path / "alone", *more, "--ckpt_path", str(run.last))
    assert main(["validate", *words[1:]]) == 0
    events = EventAccumulator(str(Run.newest(tmp_path / "alone").folder)).Reload()
    return {tag: events.Scalars(tag)[0].value for tag in events.Tags()["scalars"] if tag.startswith("validation/")}


def test_two_processes_end_in_time_together_with_one_page(folder: Path, tmp_path: Path) -> None:
    code, printed = launch(folder, tmp_path, "--minutes", "1e-9", "--report", "true")
    assert code == 0, printed[-3000:]
    assert printed.count("ended after 1 batch: its 1e-09 minutes are over") == 1
    assert printed.count("report: ") == 1
    run = Run.newest(tmp_path / "runs")
    assert int(run.content()["state_dict"]["steps_done"]) == 1
    assert (run.folder / "report.html").is_file()
    assert len((run.folder / "curves.jsonl").read_text().splitlines()) == 2
