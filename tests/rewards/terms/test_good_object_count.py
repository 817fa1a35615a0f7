"""`good_object_count` against counting masks, and the highest reward of a group."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import ODD, check_peak, drawn, odd
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

TEXT = """
classes: {{large: {{kind: area, over: 100}}}}
rewards:
  large:
    highest: {highest}
    terms:
      count: {{kind: good_object_count, of: foreground, over: {over}, expected: 4, scale: 3, kernel: linear{more}}}
  foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 50, scale: 20}}}}}}
"""

test_range_names_and_place = properties_of(
    "{kind: good_object_count, of: foreground, over: 0.5, expected: 8, scale: 10, kernel: linear}",
    "{kind: good_object_count, of: foreground, over: 0.5, expected: 15, kernel: ratio, side: below}",
)


def check(segments: Segments, over: float, highest: float = 1.0) -> list[int]:
    """The numbers of good objects that were found."""
    result = compiled(TEXT.format(over=over, highest=highest, more="")).evaluate(segments)
    areas = [int(mask.sum()) for mask in masks(segments)]
    good = np.array([area <= 100 and math.exp(-(((area - 50) / 20) ** 2) / 2) > over for area in areas])
    counts = []
    for m in np.flatnonzero(np.array(areas) > 100):
        counts.append(int(good[segments.partition == segments.partition[m]].sum()))
        expected = max(0.0, 1 - abs(counts[-1] - 4) / 3)
        assert result.terms["large/count"][m] == pytest.approx(expected)
        assert result.segment_score[m] == pytest.approx(highest * expected)
    return counts


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    pieces=st.integers(1, 30),
    over=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    highest=st.sampled_from([1.0, 0.8]),
)
def test_only_good_objects_count(seed: int, pieces: int, over: float, highest: float) -> None:
    check(random_segments(seed, partitions=4, pieces=pieces), over, highest)


def test_the_cases_above_are_not_empty() -> None:
    segments = random_segments(1, partitions=4, pieces=22)
    many, few = check(segments, 0.0), check(segments, 0.7)
    assert len(many) > 8
    assert max(many) > max(few) > 0


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name), over=0.01)


def test_just_as_good_as_the_bound_does_not_count() -> None:
    labels = np.zeros((20, 60), int)
    for n in range(4):
        labels[2:7, 2 + 12 * n : 12 + 12 * n] = 1 + n  # 50 px earn 1
    assert check(drawn(labels), over=0.99) == [4]
    assert check(drawn(labels), over=1.0) == [0]


def test_too_many_are_fine_with_side_below() -> None:
    segments = random_segments(1, partitions=4, pieces=25)
    result = compiled(TEXT.format(over=0.0, highest=1.0, more=", side: below")).evaluate(segments)
    assert set(result.segment_score[result.segment_class == 0]) == {1.0}


def test_no_object_of_the_class() -> None:
    segments = random_segments(0, partitions=2, pieces=1)
    result = compiled(TEXT.format(over=0.0, highest=1.0, more="")).evaluate(segments)
    assert not result.segment_score.any()
    assert result.non_finite == 0


def test_farther_from_expected_is_worse() -> None:
    """Ever more good objects beside a bad one, and ever more bad ones beside good ones."""
    reward = compiled(TEXT.format(over=0.5, highest=1.0, more=""))

    def score(good: int, bad: int) -> float:
        labels = np.zeros((40, 60), int)
        for n in range(good):
            labels[2:9, 1 + 8 * n : 8 + 8 * n] = n + 1  # 49 px
        for n in range(bad):
            labels[12 + 3 * n, 2:5] = 50 + n
        return reward.evaluate(drawn(labels)).segment_score[0]

    check_peak([score(good, 1) for good in range(2, 7)], best=2)
    assert [score(3, bad) for bad in range(5)] == pytest.approx([2 / 3] * 5)
