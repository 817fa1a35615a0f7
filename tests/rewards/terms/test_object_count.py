"""`object_count` against counting masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import GROUND, ODD, check_peak, drawn, odd
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

TEXT = "rewards: {{foreground: 1, ground: {{terms: {{n: {{kind: object_count, of: {}, {}}}}}}}}}"

test_range_names_and_place = properties_of(
    "{kind: object_count, of: foreground, expected: 6, scale: 8, kernel: linear}",
    "{kind: object_count, of: tested, expected: 9, kernel: ratio}",
)


def check(segments: Segments) -> int:
    """Counts of small segments, and of the ground itself; returns how many scores were compared."""
    areas = np.array([mask.sum() for mask in masks(segments)])
    ground = areas > 100
    for of, counted in (("foreground", ~ground), ("ground", ground)):
        reward = compiled(GROUND + TEXT.format(of, "expected: 8, scale: 9, kernel: linear"))
        found = reward.evaluate(segments).terms["ground/n"]
        assert np.isnan(found).tolist() == (~ground).tolist()
        for m in np.flatnonzero(ground):
            n = int((counted & (segments.partition == segments.partition[m])).sum())
            assert found[m] == pytest.approx(max(0, 1 - abs(n - 8) / 9))
    return int(ground.sum())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30))
def test_counts_a_class_per_partition(seed: int, pieces: int) -> None:
    check(random_segments(seed, partitions=4, pieces=pieces))


def test_the_cases_above_are_not_empty() -> None:
    assert check(random_segments(1, partitions=4, pieces=16)) > 10


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    """An object of two pieces is one, and so is one with a hole."""
    check(odd(name))


@pytest.mark.parametrize("rest", ["scale: 3", "scale: 12, kernel: linear", "kernel: ratio"])
def test_farther_from_expected_is_worse(rest: str) -> None:
    reward = compiled(GROUND + TEXT.format("foreground", f"expected: 5, {rest}"))
    found = []
    for count in range(1, 12):
        labels = np.zeros((14, 60), int)
        labels[3, 2 : 2 + 4 * count : 4] = 1 + np.arange(count)
        found.append(reward.evaluate(drawn(labels)).segment_score[0])
    check_peak(found, best=4)
