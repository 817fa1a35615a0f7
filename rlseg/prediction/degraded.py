"""A label image made worse, in the ways in which a training can go wrong."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.segmentation import expand_labels, find_boundaries

from rlseg.arrays import AnyFloats, Floats, Ints, Labels

# of the diameter of a usual object, the width by which outlines are moved
MOVED = 1 / 8


def random_half(labels: Ints, seed: int = 0) -> Ints:
    """(N,) labels, 0 = background, without a random half of the objects; of an odd number the larger half is kept."""
    numbers = _objects(labels)
    return _kept(labels, np.random.default_rng(seed).permutation(numbers)[len(numbers) // 2 :])


def best_quarter(labels: Ints, scores: Floats) -> Ints:
    """(N,) labels without all but the quarter of their n objects with the highest (n,) scores, at least one."""
    numbers = _objects(labels)
    return _kept(labels, numbers[np.argsort(-scores, kind="stable")[: -(-len(numbers) // 4)]])


def _objects(labels: Ints) -> Ints:
    return np.unique(labels[labels > 0])


def _kept(labels: Ints, numbers: Ints) -> Ints:
    return np.where(np.isin(labels, numbers), labels, 0)


def pairs_merged(labels: Labels) -> Labels:
    """The (H, W) label image in which objects that share an outline are one with the first such, two by two.

    Or (Z, H, W), as of all that follow.
    """
    beside = [(labels.take(range(n - 1), k), labels.take(range(1, n), k)) for k, n in enumerate(labels.shape)]
    pairs = np.concatenate([np.stack([one.ravel(), other.ravel()], axis=1) for one, other in beside])
    touching = np.unique(np.sort(pairs[(pairs > 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])], axis=1), axis=0)
    number = np.arange(int(labels.max(initial=0)) + 1)
    taken: set[int] = set()
    for a, b in touching.tolist():
        if not taken & {a, b}:
            taken |= {a, b}
            number[b] = a
    return number[labels].astype(labels.dtype)


def grown(labels: Labels, spacing: tuple[float, ...] | None = None) -> Labels:
    """The (H, W) label image with all outlines moved outwards by an eighth of the usual diameter, at least 1 px.

    spacing: sides of a voxel in px, of volumes.
    """
    return expand_labels(labels, _width(labels, spacing), 1 if spacing is None else spacing).astype(labels.dtype)


def shrunken(labels: Labels, spacing: tuple[float, ...] | None = None) -> Labels:
    """The same inwards; objects that are thinner than that are gone."""
    outlines = find_boundaries(labels, connectivity=1, mode="inner")
    if not outlines.any():
        return labels
    inside = ndimage.distance_transform_edt(~outlines, spacing) >= _width(labels, spacing)
    return np.where(inside, labels, 0).astype(labels.dtype)


def by_threshold(image: AnyFloats, labels: Labels) -> Labels:
    """What hangs together on one side of Otsu's threshold of a (C, H, W) image, on the side that fits better.

    Args:
        image: any intensities; the mean of its channels counts.
        labels: (H, W), 0 = background.
    """
    gray = np.asarray(image, np.float64).mean(axis=0)
    bright, objects = gray > threshold_otsu(gray), labels > 0
    shared = [(side & objects).sum() / max((side | objects).sum(), 1) for side in (bright, ~bright)]
    return label(bright if shared[0] >= shared[1] else ~bright, connectivity=1).astype(np.int32)


def _width(labels: Labels, spacing: tuple[float, ...] | None) -> int:
    areas = np.bincount(labels.ravel())[1:]
    usual = float(np.median(areas[areas > 0])) if areas.any() else 0.0
    if spacing is not None:
        return max(1, round(MOVED * math.cbrt(6 * usual * math.prod(spacing) / math.pi)))
    return max(1, round(MOVED * math.sqrt(4 * usual / math.pi)))
