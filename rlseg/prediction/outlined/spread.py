"""What is expected of a number of which a few examples are known, so that more of them will be as well paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rlseg.arrays import Floats
from rlseg.rewards import closeness

Side = Literal["both", "above", "below"]
# the median absolute deviation, and the 10th to 90th percentile, of a normal distribution of standard deviation 1
_MAD, _RANGE = 0.67449, 2.56310
# standard error of a quartile of n normal values, times sqrt(n): sqrt(.25 * .75) / density there
_ERROR = 1.36263


@dataclass(frozen=True)
class Expected:
    """`expected` and `scale` of a term.

    Attributes:
        low, high: what is equally good.
        scale: the distance that is clearly worse.
        side: which direction is wrong.
    """

    low: float
    high: float
    scale: float
    side: Side

    def score(self, values: Floats) -> Floats:
        """(M,) what the term pays."""
        return closeness(values, self.low, self.high, self.scale, "gaussian", self.side)


def spread_of(values: Floats) -> float:
    """A standard deviation that one wrong outline among a dozen hardly moves.

    The larger of MAD / .674 and (q90 - q10) / 2.56: of five values the first alone may be small by accident.
    """
    median = np.median(values)
    low, high = np.percentile(values, [10, 90])
    return float(max(np.median(np.abs(values - median)) / _MAD, (high - low) / _RANGE))


def expect(samples: list[Floats], side: Side, least: float) -> Expected:
    """What is expected after some samples, like the objects as outlined and as superpixels show them.

    Of n values with spread s, [q25 - e, q75 + e] with the sampling error e = 1.36 s / sqrt(n) is equally good, and the
    scale is s (1 + 3 / n). Of several samples it is the smallest interval that holds those of all, and the
    largest scale. From five or twelve yeast cells it told the others (of three images) from pieces of them, and from
    what lies between, better than [q10, q90] and as well as the median, which paid the cells themselves less.

    Args:
        samples: (n,) each, n >= 1.
        side: which direction is wrong.
        least: what is worth telling apart, the smallest scale.
    """
    low, high, scale = np.inf, -np.inf, least
    for values in samples:
        spread, n = spread_of(values), len(values)
        first, last = np.percentile(values, [25, 75])
        error = _ERROR * spread / np.sqrt(n)
        low, high = min(low, float(first - error)), max(high, float(last + error))
        scale = max(scale, spread * (1 + 3 / n))
    return Expected(low, high, scale, side)


def telling(objects: Floats, others: Floats) -> float:
    """How often an object has a higher score than something else, ties counting half: 1 always, .5 no difference.

    The area under the receiver operating characteristic, U / (n m) of Mann and Whitney.
    """
    if not len(objects) or not len(others):
        return 0.5
    order = np.sort(others)
    below, up_to = np.searchsorted(order, objects, "left"), np.searchsorted(order, objects, "right")
    return float((below + up_to).sum() / (2 * len(objects) * len(others)))
