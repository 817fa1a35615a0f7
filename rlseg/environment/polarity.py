"""Whether an object is brighter or darker than what lies around it, and whether brightness shows its outline at all."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Floats, Ints, Labels, Pixels
from rlseg.jit import jit
from rlseg.regions import slabs

# Brightness says something about an outline if inside and outside are farther apart than this many of their standard
# deviations (the d of J. Cohen, Statistical power analysis for the behavioral sciences, 1988).
LEAST_DISTANCE = 1.0


def separation(relief: Pixels, labels: Labels, zone: Labels) -> Floats:
    """How far the pixels of each object stand out from those of the zone around it.

    d = (mean inside - mean around) / sqrt((variance inside + variance around) / 2).

    Args:
        relief: (H, W) or (Z, H, W) floats.
        labels: of this shape, objects 1..n, 0 = background.
        zone: of this shape, the same objects with what lies around each.

    Returns:
        (n,) d, 0 for an object with nothing around it, infinite where neither inside nor outside varies.
    """
    rows, objects = (-1, labels.shape[-1]), int(labels.max(initial=0))
    found = []
    for part in [slice(None)] if labels.ndim == 2 else slabs(labels.shape):
        values = relief[part].astype(np.float32, copy=False)
        found.append(_sums(*(of.reshape(rows) for of in (values, labels[part], zone[part])), objects))
    count, total, square = (sum(parts[1:], parts[0]) for parts in zip(*found, strict=True))
    pixels = np.maximum(count, 1)
    mean = total / pixels
    variance = np.maximum(square / pixels - mean**2, 0).mean(axis=0)
    apart = mean[0] - mean[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.where(apart == 0, 0.0, apart / np.sqrt(variance))
    return np.where((count > 0).all(axis=0), d, 0.0)


@jit
def _sums(relief: Pixels, labels: Labels, zone: Labels, objects: int) -> tuple[Ints, Floats, Floats]:
    """Number of pixels, sum and sum of squares, (2, n) each: inside, then around."""
    count = np.zeros((2, objects), np.int64)
    total = np.zeros((2, objects))
    square = np.zeros((2, objects))
    for r in range(labels.shape[0]):
        for c in range(labels.shape[1]):
            n = zone[r, c] - 1
            if n >= 0:
                place = 0 if labels[r, c] > 0 else 1
                value = np.float64(relief[r, c])
                count[place, n] += 1
                total[place, n] += value
                square[place, n] += value * value
    return count, total, square


def relief_of(above: Pixels, below: Pixels, zone: Labels, dark: Ints) -> Pixels:
    """(H, W) `below` in the zones of dark objects (`dark[n]` is 1 for object n), `above` elsewhere; or (Z, H, W)."""
    if zone.ndim == 2:
        return np.asarray(_relief(above, below, zone, dark))
    relief = np.empty(above.shape, above.dtype)
    for mine, bright, other, numbers in zip(relief, above, below, zone, strict=True):
        mine[:] = np.where(dark[np.maximum(numbers, 0)] > 0, other, bright)
    return relief


@jit
def _relief(above: Pixels, below: Pixels, zone: Labels, dark: Ints) -> Pixels:
    relief = above.copy()
    for r in range(zone.shape[0]):
        for c in range(zone.shape[1]):
            n = zone[r, c]
            if n > 0 and dark[n]:
                relief[r, c] = below[r, c]
    return relief
