"""Scores of trained seeds on the images of another folder than the one they were scored on when they were trained.

    python -m experiments.analysis.seed_scores runs/nuclei/raw/policy_gradient runs/nuclei/raw/guided

By default on the training images of the nuclei, whose labels a training from rules never sees. One line for each folder
of `results/seeds.py`, the mean over its seeds; `compare.py` takes the JSON file as it takes one of baselines.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from experiments.results.command import one_line_errors
from experiments.results.score_table import write_rows
from experiments.results.seeds import TEST, score_checkpoint
from rlseg.errors import RlsegError
from rlseg.metrics import by_image

TRAIN = TEST.parent / "train"
COLUMNS = ("mean_ap", "ap50", "ap75")


def row(source: Path, folder: Path, cache: Path | None = None) -> dict[str, Any]:
    """The scores of one folder of seeds.

    Args:
        source: with seed_N/checkpoints/best.ckpt.
        folder: with images/ and labels/.
        cache: folder of prepared images, such as that of the training; or None.

    Returns:
        method, seeds (their number), mean over the seeds of mean_ap, ap50 and ap75, by image in [0, 1], with their
        standard deviations <score>_sd if there are several, images: the mean mAP of each image, sorted by name, and
        of_seeds: by the number of the seed its mAP of each image.

    Raises:
        RlsegError: there are no checkpoints, or something cannot be read.
    """
    checkpoints = sorted(source.glob("seed_*/checkpoints/best.ckpt"))
    if not checkpoints:
        raise RlsegError(f"{source} holds no seed_*/checkpoints/best.ckpt", "train with experiments.results.seeds")
    found = [score_checkpoint(checkpoint, folder, cache).found for checkpoint in checkpoints]
    means = [by_image(list(scores.values())).as_dict() for scores in found]
    values = np.array([[mean[name] for name in COLUMNS] for mean in means])
    result: dict[str, Any] = {"method": f"rlseg, {source.name.replace('_', ' ')}", "seeds": len(found)}
    result |= dict(zip(COLUMNS, values.mean(axis=0).tolist(), strict=True))
    if len(found) > 1:
        spread = values.std(axis=0, ddof=1).tolist()
        result |= {f"{name}_sd": value for name, value in zip(COLUMNS, spread, strict=True)}
    each = [[scores[name].summary.mean_ap for name in sorted(scores)] for scores in found]
    numbers = [checkpoint.parts[-3].removeprefix("seed_") for checkpoint in checkpoints]
    return result | {"images": np.mean(each, axis=0).tolist(), "of_seeds": dict(zip(numbers, each, strict=True))}


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("seeds", type=Path, nargs="+", help="folders of experiments.results.seeds")
    parser.add_argument("--folder", type=Path, default=TRAIN, help="with images/ and labels/")
    parser.add_argument("--cache", type=Path, help="folder of prepared images, as data.cache of a training")
    parser.add_argument("--json", type=Path, help="file for the rows")
    options = parser.parse_args(arguments)
    rows = []
    print("| method | seeds | mAP | AP50 | AP75 |\n" + "| --- " * 5 + "|")
    for source in options.seeds:
        rows.append(row(source, options.folder, options.cache))
        cells = [f"{rows[-1][name]:.3f}" for name in COLUMNS]
        print(f"| {rows[-1]['method']} | {rows[-1]['seeds']} | {' | '.join(cells)} |", flush=True)
    write_rows(options.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
