"""Segmentations by the UNet of boundary_unet.py without rules: components, and multicut on superpixels.

    python -m experiments.baselines.unet --json runs/results/baselines_unet.json

Thresholds and biases are chosen on training images, whose maps come from nets that have not seen them. Superpixels: RAW
from the image alone, UNET from the maps (boundary_superpixels.py), GT cut along the truth (truth_superpixels.py). An
edge costs the logit of its mean boundary probability and a bias; a segment is an object if its mean probability is
above one half.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import bioimage_cpp as bic
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, logit

from experiments.baselines.classical import MIN_AREA, compare, score
from experiments.results.command import one_line_errors
from rlseg.arrays import Floats, Labels
from rlseg.data import Normalisation, Preparation
from rlseg.data.superpixels import relative_brightness, renumber
from rlseg.environment import solve_multicut
from rlseg.graph import measure_regions
from rlseg.io import find_images, read_image, read_labels
from rlseg.metrics import by_image, superpixel_ceiling
from rlseg.regions import RegionStatistics

UNET, GT = Path("runs/data/nuclei_unet"), Path("runs/data/nuclei_truth")
KINDS = ("RAW", "UNET", "GT")


@dataclass(frozen=True)
class Graph:
    """Superpixels as a graph: the regions, (E,) mean boundary probability, (N,) mean object probability."""

    regions: RegionStatistics
    boundary: Floats
    inside: Floats


@dataclass(frozen=True)
class Case:
    """What the methods know of an image: maps (see `boundary_unet.targets`), graphs, and for ceilings the truth."""

    maps: npt.NDArray[np.float32]
    graphs: dict[str, Graph]
    truth: Labels


Method = Callable[[Case], Labels]


def graph(maps: npt.NDArray[np.float32], superpixels: Labels) -> Graph:
    """The graph of (H, W) superpixels 0..N-1 with the probabilities of (3, H, W) maps."""
    regions = measure_regions(maps[:1], superpixels)
    height, width = superpixels.shape
    between = np.zeros((2 * height - 1, 2 * width - 1))  # cracks lie between pixels
    between[::2, 1::2] = maps[1, :, :-1]
    between[1::2, ::2] = maps[2, :-1]
    values = between[tuple(regions.crack_points.T)]
    boundary = np.add.reduceat(np.append(values, 0.0), regions.crack_start[:-1]) / regions.edge_length
    return Graph(regions, boundary, regions.intensity_sum[:, 0] / regions.area)


def load(unet: Path, truth: Path, every: int = 1) -> list[tuple[Case, Labels]]:
    """Every so-manieth image of a folder of maps, with its truth.

    Raises:
        RlsegError: something is missing; the scripts named above make it.
    """
    cases = []
    names = {file.stem: file for file in find_images(unet / "images", unet / "labels", truth / "superpixels")}
    for file in find_images(unet / "maps", superpixels=unet / "superpixels")[::every]:
        given = names[file.stem]
        assert given.labels is not None
        assert file.superpixels is not None
        assert given.superpixels is not None
        maps, labels = read_image(file.image, 3).pixels, read_labels(given.labels)
        image = Normalisation().apply(read_image(given.image).pixels).pixels
        raw = Preparation().superpixels(image, relative_brightness(image.mean(axis=0).astype(np.float64)))
        cut = [read_labels(path, superpixels=True) for path in (file.superpixels, given.superpixels)]
        kinds = dict(zip(KINDS, (raw, *cut), strict=True))
        cases.append((Case(maps, {kind: graph(maps, renumber(ids)) for kind, ids in kinds.items()}, labels), labels))
    return cases


def components(inside: float, boundary: float) -> Method:
    """Pixels that are in an object more probably than `inside`, joined where no boundary is as probable as `boundary`.

    Components of at least MIN_AREA px then grow over the rest of these pixels by a watershed.
    """

    def segment(case: Case) -> Labels:
        mask = case.maps[0] > inside
        ids = np.arange(mask.size).reshape(mask.shape)
        right = mask[:, :-1] & mask[:, 1:] & (case.maps[1, :, :-1] < boundary)
        below = mask[:-1] & mask[1:] & (case.maps[2, :-1] < boundary)
        u = np.concatenate([ids[:, :-1][right], ids[:-1][below]])
        v = np.concatenate([ids[:, 1:][right], ids[1:][below]])
        joined = coo_matrix((np.ones(len(u), np.int8), (u, v)), shape=(mask.size, mask.size))
        part = connected_components(joined, directed=False)[1].reshape(mask.shape)
        large = mask & (np.bincount(part.ravel())[part] >= MIN_AREA)
        seeds = np.where(large, renumber(np.where(large, part + 1, 0)), 0).astype(np.int32)
        affinities = 1 - np.stack([case.maps[2], case.maps[1]])
        return bic.segmentation.watershed_from_affinities(affinities, [(1, 0), (0, 1)], seeds, mask=mask)

    return segment


def multicut(kind: str, bias: float, by_length: bool) -> Method:
    """Multicut of one kind of superpixels; a larger bias merges more; costs times length if wanted."""

    def segment(case: Case) -> Labels:
        graph = case.graphs[kind]
        regions = graph.regions
        attraction = bias - logit(np.clip(graph.boundary, 1e-3, 1 - 1e-3))
        if by_length:
            attraction = attraction * regions.edge_length / regions.edge_length.mean()
        part = solve_multicut(regions.num_nodes, regions.edge_index, expit(-attraction)[None])[0]
        part = renumber(part[None])[0]
        area = np.bincount(part, regions.area)
        good = (np.bincount(part, graph.inside * regions.area) > 0.5 * area) & (area >= MIN_AREA)
        return np.where(good, np.cumsum(good), 0)[part][regions.superpixels].astype(np.int32)

    return segment


def ceiling(kind: str) -> Method:
    """Each superpixel as the true object that covers most of it."""
    return lambda case: superpixel_ceiling(case.graphs[kind].regions.superpixels, case.truth)


def best(candidates: dict[str, Method], cases: Sequence[tuple[Case, Labels]]) -> tuple[str, Method]:
    """The candidate with the largest mAP, with its name."""
    scores = {name: by_image(score(method, cases)).mean_ap for name, method in candidates.items()}  # type: ignore[arg-type]
    name = max(scores, key=lambda one: scores[one])
    print(f"chosen on {len(cases)} training images: {name}, mAP {scores[name]:.3f}", flush=True)
    return name, candidates[name]


def methods(train: Sequence[tuple[Case, Labels]]) -> Iterator[tuple[str, Method]]:
    """All methods at their best setting on training images, then the ceilings."""
    grid = product((0.4, 0.5, 0.6), (0.1, 0.2, 0.3, 0.4))
    yield best({f"UNet + components (object {t}, boundary {b})": components(t, b) for t, b in grid}, train)
    for kind in KINDS:
        grid = product(np.arange(-3, 2.1, 0.5), (False, True))
        names = {f"UNet + multicut, {kind} (bias {b:g}{', by length' if w else ''})": (b, w) for b, w in grid}
        yield best({name: multicut(kind, *setting) for name, setting in names.items()}, train)
    for kind in KINDS:
        yield f"superpixels projected to the truth, {kind}", ceiling(kind)


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--unet", type=Path, default=UNET, help="output of boundary_unet.py, with superpixels")
    parser.add_argument("--truth", type=Path, default=GT, help="output of truth_superpixels.py")
    parser.add_argument("--every", type=int, default=3, help="of the training images choose the settings")
    parser.add_argument("--json", type=Path, help="file for the scores")
    options = parser.parse_args(arguments)
    train = load(options.unet / "train", options.truth / "train", options.every)
    test = load(options.unet / "test", options.truth / "test")
    compare(methods(train), test, options.json)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
