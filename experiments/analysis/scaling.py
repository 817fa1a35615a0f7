"""How many training steps and images a second one, two, ... processes of this machine make, each with one thread.

    python -m experiments.analysis.scaling --processes 1 2 --repeats 3

Times are those between the lines of the log, which has one for five steps as in every training, without the first ones,
when code is compiled; medians over the lines and then over the repeats. An unloaded machine is needed for numbers that
mean anything; its load is printed with them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from experiments import ROOT

HERE = ROOT / "experiments"
STEPS = 100
EVERY = 5
LEFT_OUT = 3


def seconds_a_step(processes: int, batch_size: int, runs: Path) -> float:
    """Median over the steps of one training on the shipped nuclei."""
    words = [
        *("fit", "--config", str(HERE / "nuclei.yaml"), "--model.imitation.steps", "0", "--model.threads", "1"),
        *("--data.batch_size", str(batch_size), "--data.batches_per_epoch", str(STEPS), "--trainer.max_epochs", "1"),
        *("--data.cache", str(runs / "cache"), "--trainer.accelerator", "cpu", "--trainer.devices", str(processes)),
        *("--trainer.strategy", "ddp" if processes > 1 else "auto", "--trainer.log_every_n_steps", str(EVERY)),
        *("--trainer.enable_progress_bar", "false", "--trainer.limit_val_batches", "0"),
        *("--trainer.logger.init_args.save_dir", str(runs), "--trainer.logger.init_args.name", f"p{processes}"),
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1"}
    subprocess.run([sys.executable, "-m", "rlseg", *words], env=environment, cwd=HERE.parent, check=True)
    newest = max((runs / f"p{processes}").iterdir(), key=lambda path: path.stat().st_mtime)
    times = [event.wall_time for event in EventAccumulator(str(newest)).Reload().Scalars("loss/actor")]
    return float(np.median(np.diff(times)[LEFT_OUT:])) / EVERY


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=4, help="images a step in each process")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for processes in args.processes:
            found = [seconds_a_step(processes, args.batch_size, Path(folder)) for _ in range(args.repeats)]
            rates = [1 / value for value in found]
            print(
                f"{processes} processes: {np.median(rates):.2f} steps a second ({min(rates):.2f} to {max(rates):.2f}), "
                f"{np.median(rates) * processes * args.batch_size:.1f} images a second; load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
