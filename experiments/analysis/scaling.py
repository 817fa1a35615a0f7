"""How long a step of a training takes, and how many images a second one, two, ... processes of this machine see.

    python -m experiments.analysis.scaling --processes 1 2 --repeats 3
    python -m experiments.analysis.scaling --learners policy_gradient guided --before runs/before/src

Whole trainings through `rlseg fit` on the shipped nuclei, each process with one thread, by an earlier build and this
one in turn where one is given. Times are those between the lines of the log, one for five steps as in every training,
without the first, when code is compiled; medians over the lines, then over the repeats. An unloaded machine is needed
for numbers that mean anything; its load is printed with them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from experiments import ROOT
from rlseg.errors import RlsegError

STEPS = 100
EVERY = 5
LEFT_OUT = 3


@dataclass(frozen=True)
class Training:
    """What is trained: the learner, by so many processes, with so many images a step in each."""

    learner: str = "policy_gradient"
    processes: int = 1
    batch_size: int = 4

    def seconds_a_step(self, build: Path, runs: Path, steps: int = STEPS) -> float:
        """Median over the steps of one training.

        Args:
            build: folder that holds the package.
            runs: for the files of the training, and its cache.
            steps: of it, of which the first EVERY x LEFT_OUT are not counted.

        Raises:
            RlsegError: it fails.
        """
        name = f"{self.learner}_{self.processes}"
        words = [
            *("fit", "--config", "experiments/nuclei.yaml", "--model.imitation.steps", "0", "--model.threads", "1"),
            *("--model.learner.kind", self.learner, "--data.batch_size", str(self.batch_size)),
            *("--data.batches_per_epoch", str(steps), "--trainer.max_epochs", "1"),
            *("--data.cache", str(runs / "cache"), "--trainer.accelerator", "cpu"),
            *("--trainer.devices", str(self.processes), "--trainer.log_every_n_steps", str(EVERY)),
            *("--trainer.strategy", "ddp" if self.processes > 1 else "auto"),
            *("--trainer.enable_progress_bar", "false", "--trainer.limit_val_batches", "0"),
            *("--trainer.logger.init_args.save_dir", str(runs), "--trainer.logger.init_args.name", name),
        ]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "PYTHONPATH": str(build)}
        command = [sys.executable, "-P", "-W", "ignore", "-m", "rlseg", *words]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise RlsegError(f"{name} fails with {build}: {done.stderr[-400:]}")
        newest = max((runs / name).iterdir(), key=lambda path: path.stat().st_mtime)
        times = [event.wall_time for event in EventAccumulator(str(newest)).Reload().Scalars("loss/actor")]
        return float(np.median(np.diff(times)[LEFT_OUT:])) / EVERY


def compare(training: Training, builds: Sequence[Path], repeats: int, folder: Path) -> list[list[float]]:
    """Seconds a step of each repeat, for each build; they take turns."""
    found: list[list[float]] = [[] for _ in builds]
    for _ in range(repeats):
        for number, build in enumerate(builds):
            runs = folder / str(number)
            runs.mkdir(exist_ok=True)
            found[number].append(training.seconds_a_step(build, runs))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--learners", nargs="+", default=["policy_gradient"])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=4, help="images a step in each process")
    parser.add_argument("--before", type=Path, help="folder with an earlier package")
    args = parser.parse_args()
    builds = {} if args.before is None else {"before": args.before.absolute()}
    builds |= {"now": ROOT}
    with tempfile.TemporaryDirectory() as folder:
        for learner in args.learners:
            for processes in args.processes:
                training = Training(learner, processes, args.batch_size)
                for name, seconds in zip(
                    builds, compare(training, [*builds.values()], args.repeats, Path(folder)), strict=True
                ):
                    rates = [1 / value for value in seconds]
                    print(
                        f"{learner}, {processes} processes, {name}: {1e3 * np.median(seconds):.1f} ms a step "
                        f"({1e3 * min(seconds):.1f} to {1e3 * max(seconds):.1f}), "
                        f"{np.median(rates) * processes * args.batch_size:.1f} images a second; "
                        f"load {os.getloadavg()[0]:.1f}",
                        flush=True,
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
