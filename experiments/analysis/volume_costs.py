"""What predictions of volumes cost: whole processes on one core, with drawn volumes set side by side.

    python -m experiments.analysis.volume_costs 64x256x256 128x1024x1024

First a model of drawn volumes (experiments/volume_drawn.yaml) and one of the shipped nuclei are trained, one epoch
each; then the second predicts one image of 256 x 256 pixels, file to file within a process that has done so before:
the yardstick. Each volume is predicted by a new process, file to file. Printed are wall clock and CPU seconds, how many
times the CPU seconds of the image that is for each 256 x 256 voxels (other work on the machine makes clocks on the wall
meaningless), the peak resident memory, and how many objects there are. --folder keeps models and volumes for a second
call, --json writes the rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from experiments import ROOT
from experiments.analysis.one_process import run
from experiments.drawings.__main__ import draw, write
from experiments.drawings.volumes import draw_volume
from experiments.results.command import one_line_errors
from rlseg.io import find_images
from rlseg.prediction import Prediction, Predictor, Wishes
from rlseg.prediction.tiling import Threads

DISTANCE = 3  # of the planes in px
BLOCK = (22, 96, 96)  # voxels of one drawing
DRAWN = 12
SIDE = 256
ROUNDS = 5


def write_volume(path: Path, shape: tuple[int, int, int]) -> None:
    """Drawings side by side, some of them mirrored, as 8-bit OME-TIFF. shape: Z, H, W."""
    rng = np.random.default_rng(0)
    drawn = [np.rint(255 * draw_volume(seed, DISTANCE).image[0]).astype(np.uint8) for seed in range(DRAWN)]
    volume = np.empty(shape, np.uint8)
    for corner in np.ndindex(*(-(-length // side) for length, side in zip(shape, BLOCK, strict=True))):
        place = tuple(slice(n * side, (n + 1) * side) for n, side in zip(corner, BLOCK, strict=True))
        block = drawn[rng.integers(DRAWN)][tuple(slice(None, None, rng.choice((-1, 1))) for _ in range(3))]
        inside = volume[place].shape
        volume[place] = block[tuple(slice(0, length) for length in inside)]
    metadata = {"axes": "ZYX", "PhysicalSizeZ": DISTANCE, "PhysicalSizeY": 1, "PhysicalSizeX": 1}
    tifffile.imwrite(path, volume, ome=True, compression="zlib", photometric="minisblack", metadata=metadata)


def train(folder: Path, configuration: str, *words: str) -> Path:
    """The checkpoint of one epoch, kept in the folder."""
    known = sorted(folder.rglob("best.ckpt"))
    if not known:
        fit = (
            "-W",
            "ignore",
            "-m",
            "rlseg",
            "fit",
            "--config",
            f"experiments/{configuration}.yaml",
            "--report",
            "false",
        )
        epoch = ("--trainer.max_epochs", "1", "--trainer.accelerator", "cpu", "--data.cache", "null")
        run((*fit, *epoch, "--trainer.logger.init_args.save_dir", str(folder), *words), ROOT, cores=1)
        known = sorted(folder.rglob("best.ckpt"))
    return known[-1]


def models(folder: Path) -> tuple[Path, Path]:
    """Of drawn volumes, and of images of nuclei."""
    drawings = folder / "drawings"
    write(draw("volumes", 3, 0), drawings)
    data = ("--data.images", str(drawings / "images"), "--data.labels", str(drawings / "labels"))
    none = ("--data.test_images", "null", "--data.test_labels", "null")
    of_volumes = train(folder / "of_volumes", "volume_drawn", *data, *none)
    return of_volumes, train(folder / "of_images", "nuclei", "--data.labels", "null")


def seconds_of_image(model: Path) -> float:
    """`_seconds_of_image` in a process of its own with one thread, as volumes are predicted."""
    script = "import sys; from experiments.analysis.volume_costs import _seconds_of_image as of; print(of(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(model)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def _seconds_of_image(model: str) -> float:
    """Of CPU, of an image of 256 x 256 pixels, file to file, the median of some predictions after the first."""
    files = find_images(ROOT / "experiments/data/nuclei/train/images")
    images = [file for file in files if _size(file.image) == (SIDE, SIDE)][:ROUNDS]
    with closing(Threads(1)) as workers, tempfile.TemporaryDirectory() as output:
        prediction = Prediction(Predictor(Path(model), "cpu"), Wishes(Path(output)), workers)
        prediction.run(images)
        taken = []
        for image in images:
            began = time.process_time()
            prediction.run([image])
            taken.append(time.process_time() - began)
    return float(np.median(taken))


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@one_line_errors
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("shapes", nargs="+", metavar="ZxHxW", help="of the volumes")
    parser.add_argument("--folder", type=Path, help="where models and volumes are kept")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        of_volumes, of_images = models(folder)
        image = seconds_of_image(of_images)
        print(f"one image of {SIDE} x {SIDE}: {image:.4f} s of CPU", flush=True)
        for text in options.shapes:
            depth, height, width = (int(part) for part in text.split("x"))
            path = folder / f"{text}.ome.tif"
            if not path.exists():
                write_volume(path, (depth, height, width))
            output = Path(temporary) / text
            words = ("-m", "rlseg", "predict", str(of_volumes), str(path), "--output", str(output), "--device", "cpu")
            cost = run(words, ROOT, cores=1)
            objects = int(tifffile.imread(next(output.glob("*.tif"))).max())
            planes = depth * height * width / SIDE**2
            rows.append(
                {
                    "volume": text,
                    "wall": cost.wall,
                    "cpu": cost.cpu,
                    "times an image for each plane": cost.cpu / planes / image,
                    "GiB": cost.memory / 1024,
                    "objects": objects,
                }
            )
            said = (
                f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in rows[-1].items()
            )
            print(", ".join(said), flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
