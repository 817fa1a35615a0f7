"""Scores of trained checkpoints and of methods without training on the tiles of polygonal cells.

    python -m experiments.analysis.cells_report runs/cells/*/checkpoints/best.ckpt --json runs/cells.json

Every method returns a partition of all pixels; pixels that are not annotated (label 0) are left out of prediction and
truth. Constants of the methods without training are chosen with the labels of the training tiles by mAP. Checkpoints
runs/NAME/SEED/... are averaged over the seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.baselines.membranes import (
    Method,
    best_on,
    boundary_evidence,
    grey_evidence,
    load,
    load_checkpoint,
    multicuts,
    mutex_watersheds,
    trained,
    watersheds,
)
from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable, run_of
from rlseg.arrays import Labels
from rlseg.data import Preparation
from rlseg.data.superpixels import BoundarySeeds
from rlseg.graph import Sample
from rlseg.metrics import score_image, superpixel_ceiling

DATA = Path("experiments/data/cells")
PREPARATION = Preparation(superpixels=BoundarySeeds())
COLUMNS = ("mean_ap", "ap50", "ap75", "vi_split", "vi_merge", "are")


def each(method: Method, samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Name of the image -> its scores on annotated pixels."""
    found = {}
    for sample in samples:
        assert sample.truth is not None
        annotated = np.where(sample.truth > 0, method(sample) + 1, 0)
        found[sample.name] = score_image(annotated, sample.truth, ignore_background=True).summary.as_dict()
    return found


def precision(method: Method, samples: Sequence[Sample]) -> float:
    """mAP by image on annotated pixels."""
    return float(np.mean([scores["mean_ap"] for scores in each(method, samples).values()]))


def ceiling(sample: Sample) -> Labels:
    """Each superpixel as the true cell that covers most of it."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, sample.truth)


def report(checkpoints: Sequence[Path], train: Path, test: Path) -> ScoreTable:
    """Print the table."""
    chosen, samples = load(train, PREPARATION), load(test, PREPARATION)
    print(f"{len(samples)} images; constants chosen on {len(chosen)} training images; VI in bits")
    table = ScoreTable(COLUMNS)
    table.add_images("superpixels projected to the truth", each(ceiling, samples))
    runs: dict[str, dict[str, dict[str, float]]] = {}
    for path in checkpoints:
        name, seed = run_of(path)
        images = each(trained(load_checkpoint(path, PREPARATION, "experiments/cells.yaml")), samples)
        runs.setdefault(name, {})[seed] = table.add_images(f"{name}, {seed}", images, seed=seed)
    for name, seeds in runs.items():
        table.add_seeds(name, seeds)
    for name, candidates in {
        "multicut, boundary map": multicuts(boundary_evidence()),
        "multicut, grey contrast": multicuts(grey_evidence),
        "mutex watershed": mutex_watersheds(),
        "watershed": watersheds(),
    }.items():
        best = best_on(candidates, lambda method: -precision(method, chosen))
        table.add_images(name, each(candidates[best], samples), f"{best}: best of {len(candidates)}")
    return table


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--train", type=Path, default=DATA / "train", help="folder with images/ and labels/")
    parser.add_argument("--test", type=Path, default=DATA / "test", help="the same")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    options = parser.parse_args(arguments)
    report(options.checkpoints, options.train, options.test).write(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
