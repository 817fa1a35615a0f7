"""Pixels from the highest to the lowest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.jit import jit

_BITS = 11
_PASSES = 6


def highest_first(heights: Floats) -> Ints:
    """The order of `np.argsort(-heights, kind="stable")`, about four times faster.

    The bits of numbers that are not negative sort as the numbers do: they are put into the order of their last eleven
    bits, then of the eleven before, and so on (D. Knuth, The Art of Computer Programming 3, 5.2.5).

    Args:
        heights: (n,) float64 >= 0, finite.

    Returns:
        (n,) int64 places in `heights`; of equals the first comes first.
    """
    # -0 has other bits than 0
    return _sort(~(heights + 0.0).view(np.uint64))


@jit
def _sort(keys: npt.NDArray[np.uint64]) -> Ints:
    """The stable order of (n,) keys."""
    size = 1 << _BITS
    last = np.uint64(size - 1)
    counts = np.zeros((_PASSES, size), np.int64)
    for key in keys:
        for k in range(_PASSES):
            counts[k, (key >> np.uint64(k * _BITS)) & last] += 1
    order = np.arange(len(keys))
    other = np.empty_like(order)
    mine, others = keys, np.empty_like(keys)
    for k in range(_PASSES):
        # bits that all have alike sort nothing
        if counts[k].max() == len(keys):
            continue
        place = 0
        for digit in range(size):
            place, counts[k, digit] = place + counts[k, digit], place
        for i in range(len(keys)):
            digit = (mine[i] >> np.uint64(k * _BITS)) & last
            to = counts[k, digit]
            counts[k, digit] += 1
            others[to] = mine[i]
            other[to] = order[i]
        order, other = other, order
        mine, others = others, mine
    return order
