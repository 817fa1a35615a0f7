"""A mask cut at its waists, at several depths of a waist in one pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, Labels, Map
from rlseg.data.filters import distance_inside, gaussian_filter, highest_first
from rlseg.graph import root_of
from rlseg.jit import jit

# Gaussian of the distances, px: outlines of pixels have corners that are no bulges
_SMOOTH = 0.7


def bulges(mask: Bools, rises: tuple[float, ...]) -> Labels:
    """Basins of the distance transform of a mask, those that pinch by less than a rise in one.

    Pixels are taken from the deepest to the shallowest. Each joins the highest of its labelled 4-neighbours, or begins
    a basin; where two basins meet, the one with the lower peak ends if that stands out by less than the rise. So the
    result is the watershed from the maxima of dynamic >= rise (M. Grimaud, A new measure of contrast: the dynamics,
    1992).

    Args:
        mask: (H, W).
        rises: px, >= 0; at least one.

    Returns:
        (R, H, W) int32: 0 outside the mask, elsewhere 1 + the flat index of the basin's deepest pixel, which is the
        same in every part of the image that sees the basin.
    """
    labels = np.zeros((len(rises), *mask.shape), np.int32)
    if not mask.any():
        return labels
    inside = mask if not mask.all() else np.pad(mask, 1)
    far = distance_inside(inside)
    far = far if inside is mask else far[1:-1, 1:-1]
    height = gaussian_filter(far, _SMOOTH)
    pixels = np.flatnonzero(mask)
    order = pixels[highest_first(height.ravel()[pixels])]
    _flood(height, order, np.array(rises, np.float64), labels.reshape(len(rises), -1))
    return labels


@jit
def _flood(height: Map, order: npt.NDArray[np.int64], rises: Floats, labels: npt.NDArray[np.int32]) -> None:
    """Fill `labels` (R, P). Basins are numbered as they begin, so that the smaller number has the higher peak."""
    rows, columns = height.shape
    flat = height.ravel()
    # with a rim that no basin reaches
    wide = columns + 2
    basin = np.full((rows + 2) * wide, -1, np.int32)
    peak = np.empty(len(order), np.int64)
    parent = np.empty((len(rises), len(order)), np.int32)
    count = 0
    for p in order:
        at = p + 2 * (p // columns) + wide + 1
        best = mine = -1
        for near, q in ((at - wide, p - columns), (at - 1, p - 1), (at + 1, p + 1), (at + wide, p + columns)):
            if basin[near] >= 0 and (best < 0 or flat[q] > flat[best]):
                best, mine = q, basin[near]
        if best < 0:
            basin[at] = count
            peak[count] = p
            parent[:, count] = count
            count += 1
            continue
        basin[at] = mine
        for near in (at - wide, at - 1, at + 1, at + wide):
            if basin[near] < 0 or basin[near] == mine:
                continue
            for k in range(len(rises)):
                a, b = root_of(parent[k], mine), root_of(parent[k], basin[near])
                low, high = max(a, b), min(a, b)
                rise = flat[peak[low]] - flat[p]
                # a plateau may begin several basins, which are one whatever the rise
                if low != high and (rise < rises[k] or rise == 0):
                    parent[k, low] = high
    name = np.zeros(count + 1, np.int32)
    for k in range(len(rises)):
        for number in range(count):
            name[number] = peak[root_of(parent[k], number)] + 1
        for r in range(rows):
            for c in range(columns):
                # the last name is that of no basin, which has number -1
                labels[k, r * columns + c] = name[basin[(r + 1) * wide + c + 1]]
