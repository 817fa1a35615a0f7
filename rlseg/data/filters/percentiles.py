"""Percentile of a wide window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Labels, Map
from rlseg.jit import jit

Counts = npt.NDArray[np.uint16]

# numbers of one level of the counts that one of the level above adds up
_FAN = 64


def percentile_of_window(image: Map, percentile: float, size: int) -> Map:
    """What `scipy.ndimage.percentile_filter` finds, about five times faster for windows of a hundred pixels.

    The window's pixels are counted by their rank in the image, and only its rim is counted anew with each step (T.
    Huang, G. Yang and G. Tang, A fast two-dimensional median filtering algorithm, 1979).

    Args:
        image: (H, W).
        percentile: 0 to 100, less than 100.
        size: odd side of the window in pixels, at most 255; at the border the image is mirrored.

    Returns:
        (H, W).
    """
    order, rank = _ranked(image)
    found = np.empty(image.shape, np.int32)
    _slide(np.pad(rank, size // 2, mode="symmetric"), size, int(size * size * percentile / 100), found)
    return image.ravel()[order[found]]


def percentiles_of_window(volume: Map, percentile: float, size: tuple[int, ...]) -> tuple[Map, Map]:
    """The same of a volume, and what is as far from the highest of a window as that is from the lowest.

    Args:
        volume: (Z, H, W).
        percentile: as of `percentile_of_window`.
        size: the three sides of the window, of which the product is less than 2^16.

    Returns:
        Twice (Z, H, W); f(the second) is the percentile of f(volume) for any f that falls.
    """
    order, rank = _ranked(volume)
    found = np.empty((2, *volume.shape), np.int32)
    wanted = int(np.prod(size) * percentile / 100)
    padded = np.pad(rank, [(side // 2, side // 2) for side in size], mode="symmetric")
    _slide_volume(padded, size, (wanted, int(np.prod(size)) - 1 - wanted), found)
    low, high = volume.ravel()[order[found]]
    return low, high


def _ranked(image: Map) -> tuple[Ints, Labels]:
    """The pixels from the lowest to the highest, flat, and the place of each in this order."""
    order = np.argsort(image, axis=None)
    rank = np.empty(image.size, np.int32)
    rank[order] = np.arange(image.size, dtype=np.int32)
    return order, rank.reshape(image.shape)


@jit
def _slide(ranks: Labels, size: int, wanted: int, found: Labels) -> None:
    """`found` (H, W): of the window from each pixel on, the number that `wanted` others are not above."""
    height, width = found.shape
    fine = np.zeros((height * width // _FAN**2 + 1) * _FAN**2, np.uint16)
    middle = np.zeros(len(fine) // _FAN, np.uint16)
    coarse = np.zeros(len(middle) // _FAN, np.uint16)
    for r in range(height):
        # the row begins anew: clearing what the last window has left is little work beside the row's
        for k in range(size):
            for i in range(size):
                if r > 0:
                    _count(ranks[r - 1 + k, width - 1 + i], np.uint16(65535), fine, middle, coarse)
                _count(ranks[r + k, i], np.uint16(1), fine, middle, coarse)
        for c in range(width):
            if c > 0:
                for k in range(size):
                    _count(ranks[r + k, c - 1], np.uint16(65535), fine, middle, coarse)
                    _count(ranks[r + k, c - 1 + size], np.uint16(1), fine, middle, coarse)
            found[r, c] = _reached(wanted, fine, middle, coarse)


@jit
def _slide_volume(ranks: Labels, size: tuple[int, int, int], wanted: tuple[int, int], found: Labels) -> None:
    """`found` (2, Z, H, W), for two numbers of others: a window of many planes moves along the columns of one row
    after the other."""
    _, depth, height, width = found.shape
    deep, tall, wide = size
    fine = np.zeros((depth * height * width // _FAN**2 + 1) * _FAN**2, np.uint16)
    middle = np.zeros(len(fine) // _FAN, np.uint16)
    coarse = np.zeros(len(middle) // _FAN, np.uint16)
    for z in range(depth):
        for r in range(height):
            for c in range(width):
                for d in range(deep):
                    for k in range(tall):
                        line = ranks[z + d, r + k]
                        if c > 0:
                            _count(line[c - 1], np.uint16(65535), fine, middle, coarse)
                        # a row begins with a whole window
                        for i in range(wide - 1 if c > 0 else 0, wide):
                            _count(line[c + i], np.uint16(1), fine, middle, coarse)
                for n in range(2):
                    found[n, z, r, c] = _reached(wanted[n], fine, middle, coarse)
            # and at its end nothing of it is left
            for d in range(deep):
                for k in range(tall):
                    for i in range(wide):
                        _count(ranks[z + d, r + k, width - 1 + i], np.uint16(65535), fine, middle, coarse)


@jit
def _count(rank: int, more: int, fine: Counts, middle: Counts, coarse: Counts) -> None:
    """One pixel more, or one less: the numbers run round."""
    fine[rank] += more
    middle[rank // _FAN] += more
    coarse[rank // _FAN**2] += more


@jit
def _reached(wanted: int, fine: Counts, middle: Counts, coarse: Counts) -> int:
    """The smallest rank that more than `wanted` of the counted pixels do not exceed."""
    number = 0
    for counts in (coarse, middle, fine):
        number *= _FAN
        while counts[number] <= wanted:
            wanted -= counts[number]
            number += 1
    return number
