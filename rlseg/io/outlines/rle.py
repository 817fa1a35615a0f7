"""Run lengths of masks as COCO writes them, column by column, beginning with the background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.arrays import AnyLabels, Bools, Ints


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


def run_lengths_text(counts: Sequence[int]) -> str:
    """The compressed text of run lengths, see `run_lengths`."""
    text = []
    for place, count in enumerate(counts):
        value = count - counts[place - 2] if place > 2 else count
        more = True
        while more:
            digit = value & 31
            value >>= 5  # keeps the sign
            more = value != (-1 if digit & 16 else 0)
            text.append(chr((digit | 32 if more else digit) + 48))
    return "".join(text)


def runs_of_objects(labels: AnyLabels) -> dict[int, list[int]]:
    """The run lengths of every object, each of a mask as large as the image.

    Args:
        labels: (H, W), 0 = background.

    Returns:
        Label -> its run lengths, in the order of the labels.
    """
    size = labels.size
    down = labels.T.ravel()
    places = np.flatnonzero(down)
    if not len(places):
        return {}
    of_object = down[places]
    order = np.argsort(of_object, kind="stable")
    places, of_object = places[order], of_object[order]
    names, firsts = np.unique(of_object, return_index=True)
    parts = np.split(places, firsts[1:])
    return {name: _runs(mine.astype(np.int64), size) for name, mine in zip(names.tolist(), parts, strict=True)}


def _runs(places: Ints, size: int) -> list[int]:
    """places: sorted, of the pixels of a mask, counted down the columns of an image of size pixels."""
    breaks = np.flatnonzero(np.diff(places) > 1)
    begins = places[np.concatenate(([0], breaks + 1))]
    ends = places[np.concatenate((breaks, [len(places) - 1]))] + 1
    edges = np.column_stack((begins, ends)).ravel()
    runs = np.diff(edges, prepend=0).tolist()
    rest = size - int(ends[-1])
    return [*runs, rest] if rest else runs


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
