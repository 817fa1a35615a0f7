"""Two histograms on one axis: of drawn objects and of found ones, with room for what is expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Ints
from rlseg.viewer.session.numbers import Number

BINS = 24
_BESIDE = 3.0
"""So many scales beyond what is expected the axis reaches at least: there a term pays next to nothing."""


@dataclass(frozen=True)
class Histogram:
    """Counts between `low` and `high`.

    Attributes:
        low, high: ends of the axis.
        drawn, found: (BINS,) counts.
    """

    low: float
    high: float
    drawn: Ints
    found: Ints


def histogram(number: Number, drawn: Floats, found: Floats) -> Histogram:
    """Of what a number of the rules is about.

    Args:
        number: decides how far the axis reaches.
        drawn, found: (n,) and (m,) values of the drawn and the found objects; what is not finite is left out.
    """
    drawn, found = drawn[np.isfinite(drawn)], found[np.isfinite(found)]
    ends = [end for end in (number.low, number.high) if end is not None]
    # a class begins far from the objects; the axis reaches a little beyond it
    beside = _BESIDE * number.scale if number.scale is not None else 0.3 * max(map(abs, ends))
    known = np.concatenate([drawn, found, np.array(ends) - beside, np.array(ends) + beside])
    low, high = float(known.min()), float(known.max())
    if high <= low:
        low, high = low - 0.5, high + 0.5
    counts = [np.histogram(values, BINS, (low, high))[0].astype(np.int64) for values in (drawn, found)]
    return Histogram(low, high, *counts)
