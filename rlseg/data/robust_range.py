"""Smallest and largest intensity of a channel, without what is not part of the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, ndimage

# intensities are apart from the others where nothing lies in between for this share of the others' range. Of the 216
# images that are shipped, 3 have such gaps, below 2 to 21 pixels
GAP = 0.15
# what lies beyond the typical ones is looked at in detail, in percent
TYPICAL = 1.0
# values from which the typical ones are taken
SAMPLE = 1_000_000
# of the image: no more than this is padding, and no more than that is saturated, or painted into the image
MOST_PADDING, MOST_PAINT = 0.5, 0.01


def robust_range(channel: npt.NDArray[np.floating]) -> tuple[float, float]:
    """The ends of a channel's range. They are the minimum and the maximum, unless there are gaps beyond which is

    1. nothing but specks and lines less than three pixels wide, such as hot and dead pixels; or
    2. one exact value: padding and seams, where nothing else lies between them and the border of the image along its
       row or column, on at most half of the image; or anything on at most a hundredth of it, such as what is saturated,
       or painted into the image.

    A gap is wider than 0.15 of the range of what lies inside of it.

    Args:
        channel: (H, W) or (Z, H, W) finite.

    Returns:
        Lower and upper end; minimum and maximum where nothing else would be left.
    """
    least, most = float(channel.min()), float(channel.max())
    typical = _typical(channel)
    lower = -_end(channel, -1, -typical[1], -typical[0])
    upper = _end(channel, 1, *typical)
    return (lower, upper) if lower < upper else (least, most)


def _typical(channel: npt.NDArray[np.floating]) -> tuple[float, float]:
    """What nearly all values lie between, an exact value aside that may be an area at an end."""
    values = channel.ravel()
    # by an odd step: one that is a multiple of the width would look at a few columns alone
    some = values[:: (len(values) // SAMPLE) | 1]
    low, high = np.percentile(some, [TYPICAL, 100 - TYPICAL], method="nearest")
    above, below = some[some > low], some[some < high]
    if len(above) and np.mean(some == low) > TYPICAL / 100:
        low = np.percentile(above, TYPICAL, method="nearest")
    if len(below) and np.mean(some == high) > TYPICAL / 100:
        high = np.percentile(below, 100 - TYPICAL, method="nearest")
    return float(low), float(high)


def _end(channel: npt.NDArray[np.floating], sign: int, inner: float, outer: float) -> float:
    """The end of the range, of intensities times sign, where the typical ones lie between inner and outer."""
    levels, counts = _levels(channel, sign, outer)
    steps: Floats = np.append(outer, levels)
    for i in np.flatnonzero(np.diff(steps) > GAP * np.maximum(steps[:-1] - inner, 0)):
        common = sign * levels[i + int(np.argmax(counts[i:]))]
        if _is_foreign(channel, _outside(channel, sign, steps[i]), common):
            return float(steps[i])
    return float(steps[-1])


def _levels(channel: npt.NDArray[np.floating], sign: int, outer: float) -> tuple[Floats, npt.NDArray[np.number]]:
    """(n,) rising intensities times sign that are more than outer, and how often there are."""
    # in parts, for what has one value may be half of the image, and need not be copied
    parts = np.array_split(channel, max(1, channel.size // SAMPLE))
    found = [np.unique(part[_outside(part, sign, outer)], return_counts=True) for part in parts]
    values = sign * np.concatenate([value for value, _ in found]).astype(np.float64)
    levels, place = np.unique(values, return_inverse=True)
    return levels, np.bincount(place, np.concatenate([count for _, count in found]), len(levels))


def _outside(channel: npt.NDArray[np.floating], sign: int, end: float) -> Bools:
    return channel > end if sign > 0 else channel < -end


def _is_foreign(channel: npt.NDArray[np.floating], beyond: Bools, common: float) -> bool:
    """Whether what lies beyond a gap is specks, or specks and an area of one value: the most common one there.

    `beyond` is changed.
    """
    if _is_thin(beyond):
        return True
    area = channel == common
    area &= beyond
    beyond ^= area
    if not _is_thin(beyond):
        return False
    if np.count_nonzero(area) > MOST_PADDING * area.size:
        return False
    return np.count_nonzero(area) - np.count_nonzero(_reaches_border(area)) <= MOST_PAINT * area.size


def _is_thin(mask: Bools) -> bool:
    """Whether no 3 x 3 pixels, in a volume no 3 x 3 x 3, are all of a mask."""
    return not ndimage.binary_erosion(mask, np.ones((3,) * mask.ndim, bool)).any()


def _reaches_border(mask: Bools) -> Bools:
    """From where in the mask a line along an axis leads to the border through nothing but the mask."""
    found = np.zeros_like(mask)
    for axis in range(mask.ndim):
        found |= np.logical_and.accumulate(mask, axis=axis)
        found |= np.flip(np.logical_and.accumulate(np.flip(mask, axis), axis=axis), axis)
    return found
