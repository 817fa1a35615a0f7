"""What a user waits for, as whole processes: this build and an earlier one in turn.

    make bench-before
    python -m experiments.analysis.processes --before runs/before/src --rounds 3

Each work is done by a new Python process of one thread, by the earlier build and this one in turn, with the same other
packages.
The smallest wall clock time, CPU time and peak memory of the rounds are shown, and how many times faster this build is.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tifffile

from experiments.analysis.one_process import Cost, least, run
from experiments.results.command import one_line_errors
from rlseg.errors import RlsegError
from rlseg.io import find_images, read_image

ROOT = Path(__file__).resolve().parents[2]
NUCLEI = ROOT / "experiments/data/nuclei"
TRAIN = [*("fit", "--config", "experiments/nuclei.yaml", "--trainer.max_epochs", "1", "--data.cache", "null")]
PREPARE = """\
from pathlib import Path
from rlseg.data import Preparation, prepare_files
from rlseg.io import find_images
prepare_files(find_images(Path("experiments/data/nuclei/train/images")), Preparation(), workers=1)
"""


@dataclass(frozen=True)
class Work:
    """Something a user waits for: its name, and what follows `python`."""

    name: str
    arguments: tuple[str, ...]


def works(folder: Path, model: Path) -> list[Work]:
    """What is compared; the images are written into `folder`.

    Args:
        folder: for images and results.
        model: checkpoint of a training on nuclei.
    """
    tiles = [read_image(file.image).pixels[0] for file in find_images(NUCLEI / "train/images")]
    tiles = [tile.astype(np.uint8) for tile in tiles if tile.shape == (256, 256)]
    images = {"one image of 256 x 256": tiles[:1], "27 of them": tiles[:27]}
    for side in (1024, 2048):
        count = side // 256
        rows = [np.concatenate([tiles[(count * r + c) % len(tiles)] for c in range(count)], 1) for r in range(count)]
        images[f"one of {side} x {side}"] = [np.concatenate(rows)]
    found = []
    for number, (name, pictures) in enumerate(images.items()):
        place = folder / str(number)
        place.mkdir()
        for k, picture in enumerate(pictures):
            tifffile.imwrite(place / f"{k}.tif", picture)
        predict = ("-m", "rlseg", "predict", str(model), str(place), "--output", str(folder / "found"))
        found.append(Work(f"predict {name}", predict))
    return [*found, Work("prepare the nuclei for training", ("-c", PREPARE))]


def compare(before: Path, rounds: int, wanted: str) -> list[dict[str, object]]:
    """Print the table; returns its rows.

    Args:
        before: folder that holds the earlier package.
        rounds: of each work with each build; the first one of all also compiles, and is not counted.
        wanted: only what has this in its name.

    Raises:
        RlsegError: one of the builds fails, or the earlier one is not there.
    """
    if not (before / "rlseg").is_dir():
        raise RlsegError(f"{before} holds no package rlseg", "make bench-before puts an earlier build there")
    os.chdir(ROOT)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run(["-m", "rlseg", *TRAIN, "--trainer.logger.init_args.save_dir", temporary], before)
        (model,) = folder.rglob("best.ckpt")
        print(f"{'':34} before: s wall   s CPU     MB   now: s wall   s CPU     MB   times faster   of the memory")
        for work in works(folder, model):
            if wanted not in work.name:
                continue
            costs: dict[Path, list[Cost]] = {before: [], ROOT: []}
            for number in range(rounds + 1):
                for build, found in costs.items():
                    cost = run(work.arguments, build)
                    found += [cost] if number else []
            old, new = (least(found) for found in costs.values())
            rows.append({"work": work.name, "before": asdict(old), "now": asdict(new)})
            numbers = f"{old.wall:14.2f} {old.cpu:7.2f} {old.memory:6.0f} {new.wall:13.2f} {new.cpu:7.2f}"
            ratios = f"{old.wall / new.wall:14.2f} {new.memory / old.memory:15.2f}"
            print(f"{work.name:34} {numbers} {new.memory:6.0f} {ratios}", flush=True)
    return rows


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", type=Path, default=ROOT / "runs/before/src", help="folder with the earlier package")
    parser.add_argument("--rounds", type=int, default=3, help="of each work with each build")
    parser.add_argument("--only", default="", metavar="WORDS", help="only what has these words in its name")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    options = parser.parse_args(arguments)
    rows = compare(options.before.absolute(), options.rounds, options.only)
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
