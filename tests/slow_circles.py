"""Circle Hough Transform and circle support by plain definitions on masks, and discs to try them on."""

from __future__ import annotations

from itertools import product

import numpy as np
from skimage.draw import circle_perimeter, disk
from skimage.segmentation import find_boundaries
from skimage.transform import hough_circle

from experiments.drawings.circles import draw_circles
from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.segments import Segments


def boundary(mask: np.ndarray) -> np.ndarray:
    """(P, 2) midpoints of the pixel sides between a mask and the rest of the image."""
    rows, right = np.nonzero(mask[:, 1:] != mask[:, :-1])
    down, columns = np.nonzero(mask[1:] != mask[:-1])
    return np.concatenate([np.stack([rows, right + 0.5], 1), np.stack([down + 0.5, columns], 1)])


def slow_circle(mask: np.ndarray, low: float, high: float) -> tuple[float, float, float, float]:
    """h, row, column and radius of the best circle."""
    area = mask.sum()
    best = (0.0, 0.0, 0.0, 0.0)
    if not 0.1 * np.pi * low**2 <= area <= 1.4 * np.pi * high**2:
        return best
    center = np.argwhere(mask).mean(0)
    points = boundary(mask)
    for y, x in sorted(product((-1, 0, 1), repeat=2), key=lambda move: move != (0, 0)):
        apart = points - center - (y, x)
        distance = np.hypot(*apart.T)
        bins = np.round(np.arctan2(apart[:, 0], apart[:, 1]) / (2 * np.pi) * 32).astype(int) % 32
        for radius in np.linspace(low, high, max(int(np.ceil(high - low)), 1) + 1):
            hit = len(set(bins[np.abs(distance - radius) <= 1 + 1e-9])) / 32
            disc = np.pi * radius**2
            score = hit * min(area / disc, disc / area)
            if score > best[0] + 1e-12:
                best = (score, center[0] + y, center[1] + x, radius)
    return best


def slow_votes(mask: np.ndarray, low: float, high: float) -> tuple[float, float, float, float]:
    """v, row, column and radius of the best circle by scikit-image's accumulator; all 0 for what is too small or large.

    The outline are the pixels on both sides of it; whole radii; centres anywhere.
    """
    best = (0.0, 0.0, 0.0, 0.0)
    if not 0.1 * np.pi * low**2 <= mask.sum() <= 1.4 * np.pi * high**2 or low > np.hypot(*mask.shape):
        return best
    first = max(int(low + 0.5), 1)
    radii = np.arange(first, max(int(min(high, np.hypot(*mask.shape)) + 0.5), first) + 1)
    votes = hough_circle(find_boundaries(mask, mode="thick"), radii, normalize=False, full_output=True)
    for radius, plane in zip(radii, votes, strict=True):
        score = plane.max() / len(circle_perimeter(0, 0, radius)[0])
        if score > best[0]:
            row, column = np.unravel_index(plane.argmax(), plane.shape)
            best = (score, float(row - radii[-1]), float(column - radii[-1]), float(radius))
    return best


def slow_pieces(
    labels: np.ndarray, own: int, circle: tuple[float, ...], ignored: frozenset[int] | set[int] = frozenset()
) -> float:
    """1 / number of segments with a boundary at least 1 px within the circle; the own one counts, ignored do not."""
    row, column, radius = circle
    inside = {own}
    for other in np.unique(labels):
        apart = np.hypot(*(boundary(labels == other) - (row, column)).T)
        if int(other) not in ignored and (apart <= radius - 1 + 1e-9).any():
            inside.add(int(other))
    return 1 / len(inside)


def stripes(radius: float, count: int = 1) -> Segments:
    """A disc around (30, 40) on a ground, segment 0, cut into so many stripes."""
    ids = np.zeros((61, 81), np.int32)
    rows, columns = disk((30.0, 40.0), radius, shape=ids.shape)
    ids[rows, columns] = 1 + (columns - columns.min()) * count // (np.ptp(columns) + 1)
    return Segments(measure_regions(np.zeros((1, 61, 81)), ids), np.arange(count + 1)[None])


def spoiled_discs(seed: int) -> tuple[Segments, np.ndarray]:
    """Synthetic discs whole, in squares and in halves; and (M,) the number of the disc where it is whole."""
    truth = draw_circles(seed, size=160, count=(5, 8)).truth
    rows, columns = np.indices(truth.shape)
    spoiled = [truth.copy()]
    for size in (7, 11, 16, 25):
        spoiled.append(truth * 10_000 + (rows // size) * 100 + columns // size)
        spoiled[-1][truth == 0] = 0
    spoiled.append(truth * 2 + (rows * 3 + columns > 300) * (truth > 0))
    stack = np.stack(spoiled).reshape(len(spoiled), -1)
    ids = np.unique(stack, axis=1, return_inverse=True)[1].reshape(truth.shape)
    regions = measure_regions(np.zeros((1, *truth.shape)), ids.astype(np.int32))
    first = np.unique(regions.superpixels, return_index=True)[1]
    segments = Segments(regions, stack[:, first])
    number = np.zeros(segments.count, int)
    number[segments.labels[0]] = truth.ravel()[first]
    return segments, number


def _all_apart_and_all_merged(ids: np.ndarray) -> Segments:
    regions = measure_regions(np.zeros((1, *ids.shape)), ids.astype(np.int32))
    return Segments(regions, np.stack([np.arange(regions.num_nodes), np.zeros(regions.num_nodes, int)]))


DEGENERATE = {
    "one pixel": _all_apart_and_all_merged(np.zeros((1, 1))),
    "one superpixel": _all_apart_and_all_merged(np.zeros((4, 5))),
    "every pixel alone": _all_apart_and_all_merged(np.arange(20).reshape(4, 5)),
    "one row": _all_apart_and_all_merged(np.array([[0, 1, 0]])),
    "diagonal": _all_apart_and_all_merged(np.eye(7)),
}
