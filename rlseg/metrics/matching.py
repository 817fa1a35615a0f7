"""Which predicted object is which object of the truth: one-to-one matching by intersection over union."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.arrays import Ints
from rlseg.metrics.contingency import Contingency

THRESHOLDS: tuple[float, ...] = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""IoU thresholds of the mean average precision, 0.50:0.05:0.95. Literals: `arange` misses an IoU of 11/20."""


def match(table: Contingency, threshold: float = 0.5) -> Ints:
    """Largest one-to-one matching of objects with IoU >= threshold.

    From IoU 0.5 on no assignment solver is needed. Objects of one image are disjoint, so an object with a
    partner above 0.5 has no second one at 0.5; and an object A with two partners at exactly 0.5 consists of
    these two halves, which overlap nothing but A. The pairs therefore form single edges and stars of two
    edges of equal IoU, and taking the first of each star is a largest matching of largest summed IoU.

    Args:
        table: pairs of labels.
        threshold: in [0.5, 1].

    Returns:
        (M,) int64 indices of the matched pairs in the table.

    Raises:
        ValueError: threshold outside [0.5, 1].
    """
    if not 0.5 <= threshold <= 1:
        raise ValueError(f"threshold must be in [0.5, 1], got {threshold}")
    pairs = np.flatnonzero(table.iou >= threshold)
    pairs = pairs[np.unique(table.truth[pairs], return_index=True)[1]]
    return pairs[np.unique(table.prediction[pairs], return_index=True)[1]]


def true_positives(table: Contingency, thresholds: Sequence[float] = THRESHOLDS) -> tuple[int, ...]:
    """Number of matched objects at each IoU threshold, in the order given."""
    return tuple(len(match(table, threshold)) for threshold in thresholds)
