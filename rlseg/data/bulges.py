"""A mask cut at its waists, at several depths of a waist in one pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, Ints, Labels, Map
from rlseg.data.filters import distance_inside, gaussian_filter, highest_first
from rlseg.graph import root_of
from rlseg.jit import jit

# Gaussian of the distances, px: outlines of pixels have corners that are no bulges
_SMOOTH = 0.7


def bulges(mask: Bools, rises: tuple[float, ...], spacing: tuple[float, ...] = (1.0, 1.0)) -> Labels:
    """Basins of the distance transform of a mask, those that pinch by less than a rise in one.

    Pixels are taken from the deepest to the shallowest. Each joins the highest of its labelled 4-neighbours, or begins
    a basin; where two basins meet, the one with the lower peak ends if that stands out by less than the rise. So the
    result is the watershed from the maxima of dynamic >= rise (M. Grimaud, A new measure of contrast: the dynamics,
    1992).

    Args:
        mask: (H, W) or (Z, H, W).
        rises: px, >= 0; at least one.
        spacing: sides of a pixel in px.

    Returns:
        (R, H, W) or (R, Z, H, W) int32: 0 outside the mask, elsewhere 1 + the flat index of the basin's deepest pixel,
        which is the same in every part of the image that sees the basin.
    """
    labels = np.zeros((len(rises), *mask.shape), np.int32)
    if not mask.any():
        return labels
    inside = mask if not mask.all() else np.pad(mask, 1)
    far = distance_inside(inside, spacing)
    far = far if inside is mask else far[(slice(1, -1),) * mask.ndim]
    height = gaussian_filter(far, _SMOOTH, spacing=spacing)
    pixels = np.flatnonzero(mask)
    order = pixels[highest_first(height.ravel()[pixels])]
    _flood(height, order, np.array(rises, np.float64), labels.reshape(len(rises), -1))
    return labels


def _flood(height: Map, order: Ints, rises: Floats, labels: npt.NDArray[np.int32]) -> None:
    """Fill `labels` (R, P), where they are 0, of the pixels in `order`, flat indices."""
    # with a rim that no basin reaches
    wide = tuple(side + 2 for side in height.shape)
    places = np.ravel_multi_index([place + 1 for place in np.unravel_index(order, height.shape)], wide)
    steps = _steps(height.shape), _steps(wide)
    _flood_flat(height.ravel(), order, places, *steps, int(np.prod(wide)), rises, labels)


def _steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    """From a pixel to its neighbours, as flat indices: of rows of W pixels -W, -1, 1 and W."""
    strides = [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
    return (*(-stride for stride in strides), *strides[::-1])


@jit
def _flood_flat(
    height: Floats,
    order: Ints,
    places: Ints,
    aside: tuple[int, ...],
    across: tuple[int, ...],
    room: int,
    rises: Floats,
    labels: npt.NDArray[np.int32],
) -> None:
    """Fill `labels` (R, P). Basins are numbered as they begin, so that the smaller number has the higher peak.

    order, places: (n,) where the pixels are in the image, and in the image with a rim, which has `room` for pixels;
    aside, across: the steps to their neighbours in both.
    """
    basin = np.full(room, -1, np.int32)
    peak = np.empty(len(order), np.int64)
    parent = np.empty((len(rises), len(order)), np.int32)
    count = 0
    for i in range(len(order)):
        p, at = order[i], places[i]
        mine, last, highest, meet = -1, -1, 0.0, False
        for k in range(len(across)):
            number = basin[at + across[k]]
            if number < 0:
                continue
            there = height[p + aside[k]]
            if mine < 0 or there > highest:
                mine, highest = number, there
            meet |= last >= 0 and number != last
            last = number
        if mine < 0:
            basin[at] = count
            peak[count] = p
            parent[:, count] = count
            count += 1
            continue
        basin[at] = mine
        if not meet:  # most pixels lie within a basin
            continue
        for step in across:
            near = at + step
            if basin[near] < 0 or basin[near] == mine:
                continue
            for k in range(len(rises)):
                a, b = root_of(parent[k], mine), root_of(parent[k], basin[near])
                low, high = max(a, b), min(a, b)
                rise = height[peak[low]] - height[p]
                # a plateau may begin several basins, which are one whatever the rise
                if low != high and (rise < rises[k] or rise == 0):
                    parent[k, low] = high
    name = np.zeros(count, np.int32)
    for k in range(len(rises)):
        for number in range(count):
            name[number] = peak[root_of(parent[k], number)] + 1
        for i in range(len(order)):
            labels[k, order[i]] = name[basin[places[i]]]
