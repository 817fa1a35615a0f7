"""A fine picture from a coarse one."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Map
from rlseg.jit import jit


def between(coarse: Map, shape: tuple[int, int], step: int) -> Map:
    """What `scipy.ndimage.map_coordinates` finds of order 1 and mode nearest, about ten times faster.

    Args:
        coarse: (ceil(H / step), ceil(W / step)) finite values of every `step`th pixel, from the first on.
        shape: H, W.
        step: 1, 2 or 4 pixels: others have weights that are rounded otherwise.

    Returns:
        (H, W) the values between them, bilinear; behind the last ones nothing changes.
    """
    fine = np.empty(shape)
    _fill(np.ascontiguousarray(coarse, np.float64), step, fine)
    return fine


def between_planes(coarse: Map, shape: tuple[int, ...], steps: tuple[int, ...]) -> Map:
    """The same of a volume: linear between the values along one axis after the other.

    Args:
        coarse: (ceil(Z / k), ceil(H / m), ceil(W / n)) values of every kth plane, mth row and nth column.
        shape: Z, H, W.
        steps: k, m, n.
    """
    fine = coarse
    for axis, (length, step) in enumerate(zip(shape, steps, strict=True)):
        place = np.minimum(np.arange(length) / step, fine.shape[axis] - 1)
        low = place.astype(np.int64)
        high = np.minimum(low + 1, fine.shape[axis] - 1)
        share = (place - low).reshape([-1 if k == axis else 1 for k in range(3)])
        fine = np.take(fine, low, axis) * (1 - share) + np.take(fine, high, axis) * share
    return fine


@jit
def _fill(coarse: Map, step: int, fine: Map) -> None:
    """The sum over the four corners in the order of scipy, so that it rounds alike."""
    rows, columns = coarse.shape
    for r in range(fine.shape[0]):
        top = min(r // step, rows - 1)
        bottom = min(top + 1, rows - 1)
        down = r % step / step
        for c in range(fine.shape[1]):
            left = min(c // step, columns - 1)
            right = min(left + 1, columns - 1)
            across = c % step / step
            total = coarse[top, left] * (1 - down) * (1 - across)
            total += coarse[top, right] * (1 - down) * across
            total += coarse[bottom, left] * down * (1 - across)
            fine[r, c] = total + coarse[bottom, right] * down * across
