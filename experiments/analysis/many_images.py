"""How much memory a training takes with N images of 1,024 x 1,024 pixels: shipped nuclei, side by side and turned.

    python -m experiments.analysis.many_images 50 100 200

For each N the largest resident memory of the process is printed (with pages of files, which the system can take back),
and its largest memory of its own. --folder keeps images and what is prepared, 34 MB an image, for a second call.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from experiments import ROOT
from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError

TILES, SIDE = 4, 256


def draw(number: int, nuclei: Sequence[np.ndarray]) -> np.ndarray:
    """One (1024, 1024) image."""
    chance = np.random.default_rng(number)
    rows = [
        [np.rot90(nuclei[chance.integers(len(nuclei))], chance.integers(4)) for _ in range(TILES)] for _ in range(TILES)
    ]
    return np.block(rows)


def images(count: int, distinct: int, folder: Path) -> Path:
    """A folder with `count` images; those after the first `distinct` are copies, which a cache has only once."""
    shipped = sorted((ROOT / "experiments/data/nuclei/train/images").iterdir())
    nuclei = [np.asarray(Image.open(path))[:SIDE, :SIDE] for path in shipped]
    chosen = folder / f"first_{count}"
    chosen.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.fromarray(draw(number % distinct, nuclei)).save(chosen / f"{number:05}.png", compress_level=1)
    return chosen


def peaks(words: Sequence[str]) -> tuple[float, float, float]:
    """Largest resident memory and memory of its own, in GiB, and CPU seconds of `rlseg WORDS`.

    Raises:
        RlsegError: it fails.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    before = os.times()
    child = subprocess.Popen([sys.executable, "-m", "rlseg", *words], env=environment, cwd=ROOT)
    most = {"VmHWM": 0, "RssAnon": 0}
    while child.poll() is None:
        for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in most:
                most[name] = max(most[name], int(value.split()[0]))
        time.sleep(0.02)
    if child.returncode:
        raise RlsegError(f"the training has ended with {child.returncode}")
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return most["VmHWM"] / 2**20, most["RssAnon"] / 2**20, seconds


@one_line_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Train with each number of images, twice: while they are prepared, and with what the cache has of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("counts", type=int, nargs="+", metavar="N")
    parser.add_argument("--folder", type=Path, help="where images and prepared samples are kept")
    parser.add_argument("--steps", type=int, default=6, help="training steps, a third of them of imitation")
    parser.add_argument("--distinct", type=int, default=10**6, metavar="N", help="images after the first N are copies")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        for count in options.counts:
            words = [
                *(
                    "fit",
                    "--config",
                    str(ROOT / "experiments/nuclei.yaml"),
                    "--data.images",
                    str(images(count, options.distinct, folder)),
                ),
                *("--data.labels", "null", "--data.cache", str(folder / "cache"), "--report", "false"),
                *("--model.imitation.steps", str(options.steps // 3), "--data.batches_per_epoch", str(options.steps)),
                *(
                    "--trainer.max_epochs",
                    "1",
                    "--trainer.accelerator",
                    "cpu",
                    "--trainer.enable_progress_bar",
                    "false",
                ),
                *("--trainer.logger.init_args.save_dir", str(Path(temporary) / "runs")),
            ]
            for state in ("preparing", "prepared"):
                resident, own, seconds = peaks(words)
                print(
                    f"{count} images, {state}: at most {resident:.2f} GiB resident, {own:.2f} GiB of its own; "
                    f"{seconds:.0f} s of CPU time",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
