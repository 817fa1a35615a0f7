"""How far a whole picture has moved from one frame to the next, seen from where the objects are."""

from __future__ import annotations

import math

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2

from rlseg.arrays import Bools
from rlseg.rewards.film.frame import FrameObjects


def drift_between(before: FrameObjects, after: FrameObjects, limit: float) -> tuple[int, int]:
    """The shift by which most pixels of objects come to lie on objects of the frame before.

    Of equal ones the smallest is taken, then the first in reading order; (0, 0) if one of the frames has no objects.
    Of volumes it is that of their projections, within planes.

    Args:
        before, after: frames of equal size.
        limit: length of the longest shift, px.

    Returns:
        Whole rows and columns that objects have moved, `after` minus `before`.
    """
    reach = math.floor(limit)
    if reach == 0 or not before.count or not after.count:
        return 0, 0
    there = _seen(before), _seen(after)
    known = there[0] | there[1]
    box = tuple(slice(here[0], here[-1] + 1) for here in (np.flatnonzero(known.any(axis=1 - axis)) for axis in (0, 1)))
    # linear, not around the border: as many empty rows and columns as the shift may have
    size = tuple(next_fast_len(side + reach, real=True) for side in known[box].shape)
    ours, theirs = (rfft2(one[box], size) for one in there)
    shared = np.rint(irfft2(theirs * ours.conj(), size)).astype(np.int64)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    long = np.hypot(rows, columns)
    inside = (long <= limit) & (np.abs(rows) < known[box].shape[0]) & (np.abs(columns) < known[box].shape[1])
    found = np.where(inside, shared[rows % size[0], columns % size[1]], -1)
    best = np.lexsort((long.ravel(), -found.ravel()))[0]
    return int(rows.flat[best]), int(columns.flat[best])


def _seen(frame: FrameObjects) -> Bools:
    """(H, W) where there are objects, in any plane."""
    place = frame.place
    return (place if place.ndim == 2 else place.max(axis=0)) > 0
