"""Objects that are missed for some frames: where a track ends, another may go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from rlseg.rewards import Tracks
from rlseg.rewards.film import FrameObjects, find_candidates

Object = tuple[int, int]
"""Frame and place in its tables."""


def bridge(
    frames: Sequence[FrameObjects],
    ends: Sequence[Object],
    starts: Sequence[Object],
    rules: Tracks,
    per_pixel: float,
    drift: Callable[[int, int], tuple[int, int]],
) -> Mapping[Object, tuple[Object, float]]:
    """Which ends go on in which starts, at most `rules.gap` empty frames later.

    Args:
        frames: all frames.
        ends: last objects of tracks that do not divide.
        starts: first objects of tracks that come from no division.
        rules: of the reward file.
        per_pixel: side of a pixel in the file's unit of length.
        drift: of two frames: rows and columns that the picture has moved between them.

    Returns:
        Start -> its end and the score of the link; one to one, with the largest sum of log(score / min_score).
    """
    row, column = ({found: i for i, found in enumerate(sorted(some))} for some in (ends, starts))
    gain = np.zeros((len(row), len(column)))
    score = np.zeros(gain.shape)
    for first in sorted({frame for frame, _ in ends}):
        for later in range(first + 2, min(first + 2 + rules.gap, len(frames))):
            if not any(frame == later for frame, _ in starts):
                continue
            found = find_candidates(frames[first], frames[later], rules, per_pixel, drift(first, later))
            for (one, other), value in zip(found.links.tolist(), found.link_scores.tolist(), strict=True):
                if (first, one) in row and (later, other) in column:
                    here = row[first, one], column[later, other]
                    gain[here], score[here] = np.log(value / rules.min_score) + 1e-6, value
    by_row, by_column = list(row), list(column)
    chosen = zip(*linear_sum_assignment(gain, maximize=True), strict=True)
    return {by_column[c]: (by_row[r], float(score[r, c])) for r, c in chosen if gain[r, c] > 0}
