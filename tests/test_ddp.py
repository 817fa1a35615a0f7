"""Two processes on the CPU, through the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nuclei import Run, write_folder

from rlseg.__main__ import main


def train(folder: Path, tmp_path: Path, *more: str) -> tuple[list[dict[str, Any]], str]:
    """Train with two processes; the reports of both, and what was printed."""
    reports = tmp_path / "reports"
    words = Run.words(folder, tmp_path / "runs", "--trainer.devices", "2", "--trainer.strategy", "ddp", *more)
    words += ["--trainer.callbacks", "rank_report.RankReport", "--trainer.callbacks.folder", str(reports)]
    tests = str(Path(__file__).parent)
    environment = os.environ | {"MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1", "PYTHONPATH": tests}
    command = [sys.executable, "-m", "rlseg", *words]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        printed, _ = process.communicate(timeout=90)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # both processes
        pytest.fail(f"it hangs after {process.communicate()[0][-2000:]}")
    assert process.returncode == 0, printed[-3000:]
    return [json.loads((reports / f"rank_{rank}.json").read_text()) for rank in range(2)], printed


@pytest.mark.parametrize("learner", ["policy_gradient", "sac"])
def test_two_processes_end_with_the_same_weights(learner: str, folder: Path, tmp_path: Path) -> None:
    """The policy gradient validates on three images, an uneven number; sac on one, fewer than processes."""
    epochs = ["--trainer.max_epochs", "3"]
    if learner == "policy_gradient":
        images, more = folder, [*epochs, "--data.validation_share", "0.5"]
    else:
        images, more = write_folder(tmp_path / "few", 3), [*epochs, *Run.SAC, "--data.validation_share", "0.3"]
    reports, printed = train(images, tmp_path, *more)
    first, second = reports
    assert first["world"] == second["world"] == 2
    assert first["weights"] == second["weights"]
    assert first["optimisers"] == second["optimisers"]
    assert first["finite"]
    assert second["finite"]
    assert first["losses"] == second["losses"] > 5
    # each step, the two look at different parts of one order
    pairs = [(first["images"][i : i + 2], second["images"][i : i + 2]) for i in range(0, len(first["images"]), 2)]
    different = [a != b for a, b in pairs]
    assert all(different) if learner == "policy_gradient" else any(different)
    assert len(first["images"]) == len(second["images"]) == 18
    assert "Traceback" not in printed

    # the metrics of both are those that one process finds for the same weights
    assert first["metrics"] == second["metrics"]
    run = Run.newest(tmp_path / "runs")
    alone = validated(images, tmp_path, run, more)
    for name, value in alone.items():
        assert first["metrics"][name] == pytest.approx(value, abs=1e-6), name
    assert {"validation/reward", "validation/mean_ap", "validation/pooled_pq"} <= set(alone)


def validated(images: Path, tmp_path: Path, run: Run, more: list[str]) -> dict[str, float]:
    """Metrics of `rlseg validate` in this process."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    words = Run.words(images, tmp_path / "alone", *more, "--ckpt_path", str(run.last))
    assert main(["validate", *words[1:]]) == 0
    events = EventAccumulator(str(Run.newest(tmp_path / "alone").folder)).Reload()
    return {tag: events.Scalars(tag)[0].value for tag in events.Tags()["scalars"] if tag.startswith("validation/")}
