"""Scores of trained checkpoints and of methods without training on drawn embryos.

    python experiments/embryo_report.py runs/embryo/*/checkpoints/best.ckpt

Every method returns a partition of all pixels. Constants of the methods without training (bias of the multicut, reach
of the mutex watershed) are chosen on the training drawings by the variation of information of all pixels.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import bioimage_cpp as bic
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.special import expit

from rlseg.data.files import find_images
from rlseg.data.prepare import Preparation
from rlseg.data.prepare_files import prepare_files
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.environment.partition import solve_multicut
from rlseg.errors import RlsegError
from rlseg.graph.ring import RingGeometry
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.predictor import Predictor
from rlseg.sample import Sample, collate

Labels = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Method = Callable[[Sample], Labels]

DATA = Path("runs/data/embryo")
RING = RingGeometry(center=(194, 168), ring=(85, 152))
CELL_AREA = 67 * 8.8  # as in rewards/embryo_cells.yaml
AREAS = (0.12 * CELL_AREA, 3 * CELL_AREA)
SUPERPIXELS = BoundarySeeds()
BIASES = np.linspace(-2, 2, 21)


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

    def row(self, name: str, note: str = "") -> str:
        """One line of the table."""
        vi = [f"{sum(pair):.2f} ({pair[0]:.2f}/{pair[1]:.2f})" for pair in (self.vi_all, self.vi_cells)]
        return f"| {name:34} | {vi[0]:16} | {vi[1]:16} | {self.are:.3f} | {self.ap50:.3f} | {note} |"


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


def best_on(samples: Sequence[Sample], candidates: Mapping[str, Method]) -> str:
    """Name of the candidate with the smallest variation of information of all pixels."""
    return min(candidates, key=lambda name: sum(score(candidates[name], samples).vi_all))


def ceiling(sample: Sample) -> Labels:
    """Each superpixel as the true object that covers most of it."""
    assert sample.truth is not None
    return superpixel_ceiling(sample.superpixels, true_partition(sample.truth))


def on_cracks(sample: Sample, values: Floats) -> tuple[Floats, Floats]:
    """(E,) mean of an (H, W) map over the cracks of each edge, and over the superpixels at its two ends."""
    regions = sample.regions
    # a crack lies half way between two pixels
    low, high = regions.crack_points // 2, (regions.crack_points + 1) // 2
    pixels = (values[low[:, 0], low[:, 1]] + values[high[:, 0], high[:, 1]]) / 2
    crack = np.add.reduceat(pixels, regions.crack_start[:-1]) / regions.edge_length
    inside = np.bincount(sample.superpixels.ravel(), values.ravel()) / regions.area
    return crack, inside[sample.edge_index].mean(axis=0)


def boundary_evidence(sample: Sample) -> Floats:
    """(E,) mean of the line map on each edge."""
    return on_cracks(sample, SUPERPIXELS.ridges(sample.image))[0]


def grey_evidence(sample: Sample) -> Floats:
    """(E,) how much brighter an edge is than the two superpixels beside it."""
    crack, inside = on_cracks(sample, sample.image.mean(axis=0).astype(np.float64))
    return crack - inside


def multicut(evidence: Callable[[Sample], Floats], bias: float, by_length: bool) -> Method:
    """Multicut with the cost bias - evidence of each edge, in standard deviations, times its length if wanted."""

    def partition(sample: Sample) -> Labels:
        values = evidence(sample)
        attraction = bias - (values - values.mean()) / max(values.std(), 1e-9)
        if by_length:
            attraction = attraction * sample.regions.edge_length / sample.regions.edge_length.mean()
        actions = expit(-attraction)
        return solve_multicut(sample.regions.num_nodes, sample.edge_index, actions[None])[0][sample.superpixels]

    return partition


def multicuts(evidence: Callable[[Sample], Floats]) -> dict[str, Method]:
    """All biases, with and without lengths, by name."""
    return {
        f"bias {bias:.1f}{', times length' if by_length else ''}": multicut(evidence, bias, by_length)
        for bias in BIASES
        for by_length in (False, True)
    }


def mutex_watershed(reach: Sequence[int], repulsion: float) -> Method:
    """Mutex watershed of the pixels (Wolf et al. 2018): neighbours attract, pixels some way apart repel each other.

    Args:
        reach: distances of the pixels that repel each other, px, in eight directions.
        repulsion: weight of the strongest line between such pixels, against 1 - line between neighbours.
    """
    near = [(-1, 0), (0, -1)]
    far = [(r * y, r * x) for r in reach for y, x in ((-1, 0), (0, -1), (-1, -1), (-1, 1))]

    def partition(sample: Sample) -> Labels:
        lines = SUPERPIXELS.ridges(sample.image)
        attractive = [1 - np.maximum(lines, moved(lines, offset)) for offset in near]
        repulsive = []
        for offset in far:
            steps = max(abs(offset[0]), abs(offset[1]))
            way = [tuple(np.rint(np.array(offset) * s / steps).astype(int)) for s in range(steps + 1)]
            repulsive.append(repulsion * np.max([moved(lines, place) for place in way], axis=0))
        weights = np.stack(attractive + repulsive)
        return bic.segmentation.mutex_watershed(weights, near + far, len(near)).astype(np.int64)

    return partition


def moved(values: Floats, offset: Sequence[int]) -> Floats:
    """The value of the pixel at an offset from each pixel; that of the nearest pixel beyond the border. (H, W)."""
    rows, columns = (np.clip(np.arange(n) + o, 0, n - 1) for n, o in zip(values.shape, offset, strict=True))
    return values[rows[:, None], columns]


def mutex_watersheds() -> dict[str, Method]:
    """All reaches and repulsions, by name."""
    return {
        f"reach {list(reach)}, repulsion {weight:g}": mutex_watershed(reach, weight)
        for reach, weight in product(((5,), (9,), (5, 9)), (0.5, 1.0, 2.0, 4.0))
    }


def trained(predictor: Predictor) -> Method:
    """The partition of a checkpoint, before segments that score nothing become background."""

    def partition(sample: Sample) -> Labels:
        found = predictor.module.segment(collate([sample]))[0]
        return found.outcome.segments.labels[0][sample.superpixels]

    return partition


def written_ap50(predictor: Predictor, samples: Sequence[Sample]) -> float:
    """AP50 of the label images that `rlseg predict` writes."""
    found = [(predictor.module.segment(collate([sample]))[0].labels, sample.truth) for sample in samples]
    return by_image([score_image(labels, truth) for labels, truth in found if truth is not None]).ap50


def load(folder: Path, preparation: Preparation, limit: int | None = None) -> list[Sample]:
    """The prepared images of a folder with images/ and labels/, or the first of them."""
    files = find_images(folder / "images", folder / "labels")
    return prepare_files(files[:limit], preparation, channels=1)


def report(checkpoints: Sequence[Path], train: Path, test: Path, chosen_on: int) -> None:
    """Print the table."""
    preparation = Preparation(superpixels=SUPERPIXELS, ring=RING)
    chosen, samples = load(train, preparation, chosen_on), load(test, preparation)
    print(f"{len(samples)} images; constants chosen on {len(chosen)} training images")
    print("| method | VI all (split/merge) | VI cells | ARE cells | AP50 | |\n" + "| --- " * 6 + "|")
    print(score(ceiling, samples).row("superpixels projected to the truth"))
    for path in checkpoints:
        predictor = Predictor(path, device="cpu")
        if predictor.preparation != preparation:
            raise RlsegError(f"{path} was trained with another preparation", "train it with experiments/embryo.yaml")
        note = f"AP50 of the written labels {written_ap50(predictor, samples):.3f}"
        print(score(trained(predictor), samples).row(str(path)[-34:], note), flush=True)
    for name, candidates in {
        "multicut, boundary map": multicuts(boundary_evidence),
        "multicut, grey contrast": multicuts(grey_evidence),
        "mutex watershed": mutex_watersheds(),
    }.items():
        best = best_on(chosen, candidates)
        note = f"{best}: best of {len(candidates)}"
        print(score(candidates[best], samples).row(name, note), flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--train", type=Path, default=DATA / "train", help="folder with images/ and labels/")
    parser.add_argument("--test", type=Path, default=DATA / "test", help="the same")
    parser.add_argument("--chosen-on", type=int, default=8, help="number of training images that choose constants")
    options = parser.parse_args(arguments)
    try:
        report(options.checkpoints, options.train, options.test, options.chosen_on)
    except RlsegError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
