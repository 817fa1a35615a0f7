"""Maxima of a map that stand out by a given height."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Map
from rlseg.jit import jit


@jit
def _reconstruct(marker: Map, mask: Map) -> None:
    """Reconstruction by dilation of marker under mask >= marker, in place: each rise of the marker spreads to its
    8-neighbours, but never above the mask. Both have a rim of -inf, to which nothing spreads.

    L. Vincent, Morphological grayscale reconstruction (1993): a scan forth, a scan back, then a queue for the rest.
    """
    rows, columns = mask.shape
    for r in range(1, rows - 1):
        for c in range(1, columns - 1):
            marker[r, c] = max(marker[r, c], marker[r - 1, c - 1], marker[r - 1, c], marker[r - 1, c + 1])
        for c in range(1, columns - 1):
            marker[r, c] = min(max(marker[r, c], marker[r, c - 1]), mask[r, c])
    risen, above = marker.ravel(), mask.ravel()
    later = (1, columns - 1, columns, columns + 1)
    queue = np.empty(mask.size, np.int64)
    waiting = np.zeros(mask.size, np.bool_)
    head = 0
    length = 0
    for r in range(rows - 2, 0, -1):
        for c in range(1, columns - 1):
            marker[r, c] = max(marker[r, c], marker[r + 1, c - 1], marker[r + 1, c], marker[r + 1, c + 1])
        for p in range((r + 1) * columns - 2, r * columns, -1):
            risen[p] = min(max(risen[p], risen[p + 1]), above[p])
            spreads = False
            for step in later:
                spreads |= (risen[p + step] < risen[p]) & (risen[p + step] < above[p + step])
            if spreads:
                waiting[p] = True
                queue[length] = p
                length += 1
    around = (-columns - 1, -columns, -columns + 1, -1, 1, columns - 1, columns, columns + 1)
    while length > 0:
        p = queue[head]
        head = head + 1 if head + 1 < len(queue) else 0
        length -= 1
        waiting[p] = False
        for step in around:
            q = p + step
            if risen[q] < risen[p] and risen[q] < above[q]:
                risen[q] = min(risen[p], above[q])
                if not waiting[q]:
                    waiting[q] = True
                    queue[(head + length) % len(queue)] = q
                    length += 1


@jit
def _reconstruct_volume(
    marker: npt.NDArray[np.float64], mask: npt.NDArray[np.float64], before: Ints, after: Ints
) -> None:
    """The same of a flat volume: `before` and `after` are the steps to the 13 neighbours on each side of a voxel."""
    queue = np.empty(mask.size, np.int64)
    waiting = np.zeros(mask.size, np.bool_)
    head, length = 0, 0
    for p in range(mask.size):
        if mask[p] > -np.inf:
            for step in before:
                marker[p] = max(marker[p], marker[p + step])
            marker[p] = min(marker[p], mask[p])
    for p in range(mask.size - 1, -1, -1):
        if mask[p] == -np.inf:
            continue
        for step in after:
            marker[p] = max(marker[p], marker[p + step])
        marker[p] = min(marker[p], mask[p])
        for step in after:
            if marker[p + step] < marker[p] and marker[p + step] < mask[p + step]:
                waiting[p] = True
        if waiting[p]:
            queue[length] = p
            length += 1
    while length > 0:
        p = queue[head]
        head = head + 1 if head + 1 < len(queue) else 0
        length -= 1
        waiting[p] = False
        for steps in (before, after):
            for step in steps:
                q = p + step
                if marker[q] < marker[p] and marker[q] < mask[q]:
                    marker[q] = min(marker[p], mask[q])
                    if not waiting[q]:
                        waiting[q] = True
                        queue[(head + length) % len(queue)] = q
                        length += 1


def high_maxima(image: Map, rise: float) -> npt.NDArray[np.bool_]:
    """The pixels that `skimage.morphology.h_maxima` finds, about ten times faster.

    Args:
        image: (H, W) or (Z, H, W) finite.
        rise: > 0, how much a maximum must stand out against the way to a higher one, in units of the image.

    Returns:
        bool of this shape: pixels of the maxima that stand out by at least `rise`; all False if the range of the image
        is smaller.
    """
    if rise > image.max() - image.min():
        return np.zeros(image.shape, np.bool_)
    # slightly more than `rise` below, so that rounding cannot hide a maximum of exactly that height
    inner = (slice(1, -1),) * image.ndim
    marker = np.full([side + 2 for side in image.shape], -np.inf)
    mask = marker.copy()
    mask[inner] = image
    marker[inner] = image - rise - 2 * np.finfo(np.float64).resolution * np.abs(image)
    if image.ndim == 2:
        _reconstruct(marker, mask)
    else:
        steps = np.array([(z * mask.shape[1] + r) * mask.shape[2] + c for z, r, c in product((-1, 0, 1), repeat=3)])
        _reconstruct_volume(marker.ravel(), mask.ravel(), steps[:13], steps[14:])
    return image - marker[inner] >= rise
