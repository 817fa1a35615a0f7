"""`spacing` against all pairs of masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import ODD, centers, check_peak, drawn, odd, scores_of
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: spacing, expected: {}, scale: {}, kernel: {}}}"

test_range_names_and_place = properties_of(
    "{kind: spacing, expected: 4, scale: 3}", "{kind: spacing, expected: 3, kernel: ratio, side: above}"
)


def check(segments: Segments) -> None:
    reward = compiled(
        "classes: {big: {kind: area, over: 20}}\nrewards:\n"
        + "".join(f"  {name}: {{terms: {{t: {TERM.format(5, 4, 'linear')}}}}}\n" for name in ("big", "foreground"))
    )
    result = reward.evaluate(segments)
    places = centers(masks(segments))
    for m in range(segments.count):
        team = (segments.partition == segments.partition[m]) & (result.segment_class == result.segment_class[m])
        team[m] = False
        nearest = np.hypot(*(places[team] - places[m]).T).min() if team.any() else np.inf
        name = ("big", "foreground")[result.segment_class[m]]
        assert result.terms[f"{name}/t"][m] == pytest.approx(max(0, 1 - abs(nearest - 5) / 4))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 60))
def test_against_all_pairs_within_class_and_partition(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces, shape=(20, 30), count=60))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


@pytest.mark.parametrize("kernel", ["kernel: gaussian, scale: 3", "kernel: linear, scale: 3", "kernel: ratio"])
def test_alone_is_infinitely_far(kernel: str) -> None:
    alone = drawn(np.zeros((4, 4), int))
    for side, expected in (("both", 0), ("above", 0), ("below", 1)):
        assert scores_of(f"{{kind: spacing, expected: 5, {kernel}, side: {side}}}", alone) == [expected]


def test_same_centroid_is_distance_zero() -> None:
    rings = np.zeros((9, 9), int)
    rings[2:7, 2:7], rings[4, 4] = 1, 2
    assert scores_of(TERM.format(0, 1, "box"), drawn(rings)) == pytest.approx([1, 1, 1])


def test_distance_is_in_the_unit_of_the_file() -> None:
    segments = drawn(np.arange(6)[None] // 2)  # neighbours 2 px apart
    assert scores_of(TERM.format(2, 0.1, "box"), segments) == pytest.approx(1)
    assert scores_of(TERM.format(0.5, 0.1, "box"), segments, length="um", pixel_size=0.25) == pytest.approx(1)


def test_farther_from_expected_is_worse() -> None:
    reward = compiled(
        "classes: {rest: {kind: area, over: 50}}\n"
        f"rewards: {{rest: 0, foreground: {{terms: {{t: {TERM.format(15, 10, 'gaussian')}}}}}}}"
    )
    found = []
    for gap in range(1, 40):
        labels = np.zeros((3, 60), int)
        labels[1, 2], labels[1, 2 + gap] = 1, 2
        found.append(reward.evaluate(drawn(labels)).terms["foreground/t"][2])
    check_peak(found, best=14)
