"""A mask cut at its waists, at several depths of a waist in one pass."""

from __future__ import annotations

import bioimage_cpp as bic
import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, Labels, Map
from rlseg.data.filters import gaussian_filter
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
    # float32, but the squares are whole numbers
    far = np.sqrt(np.rint(np.square(bic.distance.distance_transform(inside), dtype=np.float64)))
    far = far if inside is mask else far[1:-1, 1:-1]
    height = gaussian_filter(far, _SMOOTH)
    pixels = np.flatnonzero(mask)
    order = pixels[np.argsort(-height.ravel()[pixels], kind="stable")]
    _flood(height, order, np.array(rises, np.float64), labels.reshape(len(rises), -1))
    return labels


@jit
def _flood(height: Map, order: npt.NDArray[np.int64], rises: Floats, labels: npt.NDArray[np.int32]) -> None:
    """Fill `labels` (R, P). Basins are numbered as they begin, so that the smaller number has the higher peak."""
    rows, columns = height.shape
    flat = height.ravel()
    basin = np.full(rows * columns, -1, np.int32)
    peak = np.empty(len(order), np.int64)
    parent = np.empty((len(rises), len(order)), np.int32)
    count = 0
    for p in order:
        r, c = p // columns, p % columns
        best = -1
        for q, there in ((p - columns, r > 0), (p - 1, c > 0), (p + 1, c < columns - 1), (p + columns, r < rows - 1)):
            if there and basin[q] >= 0 and (best < 0 or flat[q] > flat[best]):
                best = q
        if best < 0:
            basin[p] = count
            peak[count] = p
            parent[:, count] = count
            count += 1
            continue
        basin[p] = basin[best]
        for q, there in ((p - columns, r > 0), (p - 1, c > 0), (p + 1, c < columns - 1), (p + columns, r < rows - 1)):
            if not there or basin[q] < 0 or basin[q] == basin[p]:
                continue
            for k in range(len(rises)):
                a, b = root_of(parent[k], basin[p]), root_of(parent[k], basin[q])
                low, high = max(a, b), min(a, b)
                rise = flat[peak[low]] - flat[p]
                # a plateau may begin several basins, which are one whatever the rise
                if low != high and (rise < rises[k] or rise == 0):
                    parent[k, low] = high
    for k in range(len(rises)):
        for p in order:
            labels[k, p] = peak[root_of(parent[k], basin[p])] + 1
