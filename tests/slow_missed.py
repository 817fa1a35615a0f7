"""What is missed, proposal by proposal and superpixel by superpixel."""

from __future__ import annotations

import numpy as np

from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward
from rlseg.rewards.single import of_single_segments

Pay = dict[frozenset[int], float]
"""Superpixels of a proposal -> what it is paid."""


def proposed(regions: RegionStatistics) -> list[frozenset[int]]:
    """The superpixels of each proposal of each view."""
    assert regions.proposals is not None
    table = regions.proposals.labels(regions.area)
    return [
        frozenset(np.flatnonzero(row == number).tolist())
        for row in table
        for number in sorted(set(row.tolist()) - {-1})
    ]


def slow_pay(regions: RegionStatistics, reward: Reward) -> Pay:
    """Each proposal judged alone, with everything else as single superpixels."""
    single = of_single_segments(reward)[0]
    pay: Pay = {}
    for members in set(proposed(regions)):
        labels = np.array([min(members) if n in members else n for n in range(regions.num_nodes)])
        segments = Segments(regions, labels[None])
        pay[members] = float(single.evaluate(segments).foreground_score[segments.labels[0, min(members)]])
    return pay


def slow_missed(segments: Segments, found: np.ndarray, pay: Pay) -> list[float]:
    """(N,) of the first partition: the largest pay * max(0, 2 b - 1) of the proposals that hold a superpixel."""
    labels, area = segments.labels[0], segments.regions.area
    lost = [0.0] * len(labels)
    for members, paid in pay.items():
        outside = [n for n in members if not found[labels[n]]]
        share = sum(area[n] for n in outside) / sum(area[n] for n in members)
        for n in outside:
            lost[n] = max(lost[n], paid * (2 * share - 1))
    return lost
