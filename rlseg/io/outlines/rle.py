"""Run lengths of masks as COCO writes them, column by column, beginning with the background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.arrays import Bools


def run_lengths(text: str) -> list[int]:
    """The numbers in a compressed text of COCO.

    Each is given in digits of 5 bits, the lowest first, as a letter above "0"; bit 5 says that another follows, bit 4
    of the last one is the sign. From the fourth on they are differences to the one before the last.

    Raises:
        ValueError: it is none.
    """
    counts: list[int] = []
    place = 0
    while place < len(text):
        value, shift, more = 0, 0, True
        while more:
            if place >= len(text) or not 48 <= ord(text[place]) < 112 or shift > 40:
                raise ValueError("no run lengths")
            digit = ord(text[place]) - 48
            value |= (digit & 31) << shift
            more = bool(digit & 32)
            place, shift = place + 1, shift + 5
            if not more and digit & 16:
                value |= -1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


def mask_of(counts: Sequence[int], height: int, width: int) -> Bools:
    """(H, W) bool of run lengths.

    Raises:
        ValueError: they are not those of an image of this size.
    """
    runs = np.asarray(counts, np.int64)
    if runs.ndim != 1 or (runs < 0).any() or int(runs.sum()) != height * width:
        raise ValueError("the run lengths are not those of its size")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(width, height).T
