"""`neighbour_score` against walks along the outlines of masks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_regions, random_segments
from reward_text import compiled
from scenes import ODD, drawn, odd
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

REWARD = compiled(
    "classes: {background: {kind: area, over: 60}, debris: {kind: area, under: 10}}\n"
    "rewards:\n"
    "  foreground: {terms: {size: {kind: descriptor, property: area, expected: 40, scale: 20}}}\n"
    "  background: {terms: {near: {kind: neighbour_score, of: foreground}}}\n"
    "  debris: 0.5"
)

test_range_names_and_place = properties_of("{kind: neighbour_score, of: foreground}")


def across(mask: np.ndarray, paid: np.ndarray) -> float:
    """Mean of an image over the pixels across the sides of the outline of a mask; 0 without a side."""
    values = []
    for axis in (0, 1):
        for inside, outside, beyond in (
            (mask.take(range(mask.shape[axis] - 1), axis), mask.take(range(1, mask.shape[axis]), axis), 1),
            (mask.take(range(1, mask.shape[axis]), axis), mask.take(range(mask.shape[axis] - 1), axis), 0),
        ):
            there = paid.take(range(beyond, beyond + mask.shape[axis] - 1), axis)
            values += there[inside & ~outside].tolist()
    return float(np.mean(values)) if values else 0.0


def check(segments: Segments) -> int:
    """Returns how many scores were compared."""
    result = REWARD.evaluate(segments)
    shapes = masks(segments)
    areas = np.array([mask.sum() for mask in shapes])
    earned = [math.exp(-(((area - 40) / 20) ** 2) / 2) if 10 <= area <= 60 else 0.0 for area in areas]
    for m in np.flatnonzero(areas > 60):
        same = np.flatnonzero(segments.partition == segments.partition[m])
        expected = across(shapes[m], sum(earned[n] * shapes[n] for n in same))
        assert result.terms["background/near"][m] == pytest.approx(expected)
        assert result.segment_score[m] == pytest.approx(expected)
    assert np.isnan(result.terms["background/near"]).tolist() == (areas <= 60).tolist()
    return int((areas > 60).sum())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 15))
def test_against_pixels(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces, shape=(20, 30), count=25))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    """The sides around a hole count like all others."""
    assert check(odd(name)) == (name not in ("1 x 1 image", "one row"))


def test_background_alone_earns_nothing_from_its_neighbours() -> None:
    regions = random_regions(0)
    merged = Segments(regions, np.zeros((1, regions.num_nodes), dtype=int))
    assert REWARD.evaluate(merged).segment_score.tolist() == [0.0]


def test_better_neighbours_and_more_of_them_are_better() -> None:
    """There is no expected value: the score grows with what the objects earn and with their share of the outline."""

    def score(area: int, debris: int) -> float:
        labels = np.zeros((12, 40), int)
        labels[0, :area] = 1  # a line along the border
        for n in range(debris):
            labels[6, 3 + 4 * n] = 2 + n
        return REWARD.evaluate(drawn(labels)).segment_score[0]

    bigger = [score(area, 3) for area in range(12, 40, 3)]
    assert (np.diff(bigger) > 0).all()
    spoiled = [score(40, debris) for debris in range(6)]
    assert (np.diff(spoiled) < 0).all()
    assert spoiled[0] == pytest.approx(1)
