"""Scores of trained checkpoints and of methods without training on drawn embryos.

    python -m experiments.analysis.embryo_report runs/embryo/*/checkpoints/best.ckpt --json runs/embryo.json

Constants of the methods without training (bias of the multicut, reach of the mutex watershed) are chosen on training
drawings by the variation of information of all pixels. Checkpoints runs/NAME/SEED/... are averaged over the seeds.
Where the folders of images hold maps/ and superpixels/ (see embryo_unet.yaml), both are taken from there:

    D=runs/data/embryo_unet; python -m experiments.analysis.embryo_report --train $D/train --test $D/development
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from experiments.baselines.membranes import (
    LineMap,
    Method,
    best_on,
    boundary_evidence,
    grey_evidence,
    line_map,
    load,
    load_checkpoint,
    multicuts,
    mutex_watersheds,
    trained,
)
from experiments.results.command import one_line_errors
from experiments.results.score_table import ScoreTable, run_of
from rlseg.arrays import Labels
from rlseg.data import Preparation
from rlseg.data.superpixels import BoundarySeeds
from rlseg.graph import RingGeometry, Sample, collate
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.prediction import Predictor

DATA = Path("runs/data/embryo")
RING = RingGeometry(center=(194, 168), ring=(85, 152))
CELL_AREA = 67 * 8.8  # as in rewards/embryo_cells.yaml
AREAS = (0.12 * CELL_AREA, 3 * CELL_AREA)
SUPERPIXELS = BoundarySeeds()
PREPARATION = Preparation(superpixels=SUPERPIXELS, ring=RING)
PARTS = ("split", "merge")
COLUMNS = ("vi", "vi_split", "vi_merge", "vi_cells", "vi_cells_split", "vi_cells_merge", "are_cells", "ap50")


@dataclass(frozen=True)
class Scores:
    """Means over images.

    Attributes:
        vi_all: variation of information (split, merge) of all pixels in bits, yolk and surroundings being two objects.
        vi_cells, are: the same, and the adapted Rand error, of the pixels of true cells alone.
        ap50: of the segments of plausible area in the ring.
    """

    vi_all: tuple[float, float]
    vi_cells: tuple[float, float]
    are: float
    ap50: float

    def as_dict(self) -> dict[str, float]:
        """By the names of COLUMNS; the variation of information is also summed."""
        pairs = (("vi", self.vi_all), ("vi_cells", self.vi_cells))
        found = {name: sum(pair) for name, pair in pairs}
        found |= {f"{name}_{part}": value for name, pair in pairs for part, value in zip(PARTS, pair, strict=True)}
        return found | {"are_cells": self.are, "ap50": self.ap50}


def true_partition(truth: Labels) -> Labels:
    """(H, W) with the surroundings 1, the yolk 2 and the cells from 3, of a truth whose background is 0."""
    distance = np.hypot(*(np.indices(truth.shape) - np.reshape(RING.center, (2, 1, 1))))
    return np.where(truth > 0, truth + 2, np.where(distance < sum(RING.ring) / 2, 2, 1)).astype(np.int32)


def objects_in_ring(partition: Labels) -> Labels:
    """The segments of 0.12 to 3 expected cell areas whose centroid lies in the ring; the others become 0."""
    present, ids = np.unique(partition, return_inverse=True)
    ids = ids.reshape(partition.shape)
    rows, columns = np.array(ndimage.center_of_mass(np.ones(ids.shape), ids, np.arange(len(present)))).T
    area, depth = np.bincount(ids.ravel()), RING.depth(rows, columns)
    cell = (area >= AREAS[0]) & (area <= AREAS[1]) & (depth >= 0) & (depth <= 1)
    return np.where(cell, np.arange(1, len(present) + 1), 0)[ids]


def score(method: Method, samples: Sequence[Sample]) -> Scores:
    """Means of a method over images that have a truth."""
    whole, cells, objects = [], [], []
    for sample in samples:
        assert sample.truth is not None
        partition = method(sample) + 1
        whole.append(score_image(partition, true_partition(sample.truth)))
        cells.append(score_image(partition, sample.truth, ignore_background=True))
        objects.append(score_image(objects_in_ring(partition), sample.truth))
    all_, ring = by_image(whole), by_image(cells)
    return Scores((all_.vi_split, all_.vi_merge), (ring.vi_split, ring.vi_merge), ring.are, by_image(objects).ap50)


def each(method: Method, samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Name of the image -> the scores of a method, by the names of COLUMNS."""
    return {sample.name: score(method, [sample]).as_dict() for sample in samples}


def ceiling(sample: Sample) -> Labels:
    """Each superpixel as the true object that covers most of it."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, true_partition(sample.truth))


def written_ap50(predictor: Predictor, samples: Sequence[Sample]) -> float:
    """AP50 of the label images that `rlseg predict` writes."""
    found = [(predictor.module.segment(collate([sample]))[0].labels, sample.truth) for sample in samples]
    return by_image([score_image(labels, truth) for labels, truth in found if truth is not None]).ap50


def add_checkpoints(table: ScoreTable, checkpoints: Sequence[Path], samples: Sequence[Sample]) -> None:
    """One line a checkpoint, and the mean of those of one training with several seeds."""
    runs: dict[str, dict[str, dict[str, float]]] = {}
    for path in checkpoints:
        predictor = load_checkpoint(path, PREPARATION, "experiments/embryo.yaml")
        name, seed = run_of(path)
        written = written_ap50(predictor, samples)
        note, images = f"AP50 of the written labels {written:.3f}", each(trained(predictor), samples)
        means = table.add_images(f"{name}, {seed}", images, note, seed=seed, ap50_written=written)
        runs.setdefault(name, {})[seed] = means
    for name, seeds in runs.items():
        table.add_seeds(name, seeds)


def report(checkpoints: Sequence[Path], train: Path, test: Path, chosen_on: int) -> ScoreTable:
    """Print the table."""
    chosen, samples = load(train, PREPARATION, chosen_on), load(test, PREPARATION)
    print(f"{len(samples)} images; constants chosen on {len(chosen)} training images; VI in bits")
    table = ScoreTable(COLUMNS)
    table.add_images("superpixels projected to the truth", each(ceiling, samples))
    add_checkpoints(table, checkpoints, samples)
    methods = untrained(line_map(test))
    for name, candidates in untrained(line_map(train)).items():
        best = best_on(candidates, lambda method: sum(score(method, chosen).vi_all))
        note = f"{best}: best of {len(candidates)}"
        table.add_images(name, each(methods[name][best], samples), note)
    return table


def untrained(lines: LineMap) -> dict[str, dict[str, Method]]:
    """The methods without training, each with all its settings by name."""
    return {
        "multicut, boundary map": multicuts(boundary_evidence(lines)),
        "multicut, grey contrast": multicuts(grey_evidence),
        "mutex watershed": mutex_watersheds(lines),
    }


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--train", type=Path, default=DATA / "train", help="folder with images/ and labels/")
    parser.add_argument("--test", type=Path, default=DATA / "development", help="the same")
    parser.add_argument("--chosen-on", type=int, default=8, help="number of training images that choose constants")
    parser.add_argument("--json", type=Path, help="file for the rows of the table")
    options = parser.parse_args(arguments)
    report(options.checkpoints, options.train, options.test, options.chosen_on).write(options.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
