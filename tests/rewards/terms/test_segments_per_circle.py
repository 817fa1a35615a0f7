"""`segments_per_circle` against a slow count on masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import GROUND, ODD, odd, scores_of
from slow_circles import DEGENERATE, slow_circle, slow_pieces, slow_votes, stripes
from term_properties import properties_of

from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.segments import Segments

# with the term that the circles are taken from, and with radii of its own
NAMED = (
    "rewards: {{ground: 0, foreground: {{terms: {{"
    "circle: {{kind: {}, radius: [{}, {}], min_accumulator: {}}}, "
    "pieces: {{kind: segments_per_circle, circle: circle{}}}}}}}}}"
)
TERM = "{{kind: segments_per_circle, radius: [{}, {}]}}"

test_range_names_and_place = properties_of(
    "{kind: segments_per_circle, radius: [3, 7]}", "{kind: segments_per_circle, radius: [2, 9], ignore: foreground}"
)


def check(segments: Segments, low: float, high: float, threshold: float) -> None:
    """By itself, and for the circles of another term, where the ground does not count."""
    alone = scores_of(TERM.format(low, high), segments)
    shapes = masks(segments)
    areas = np.array([mask.sum() for mask in shapes])
    for kind, slow in (("circle_coverage", slow_circle), ("circle_hough", slow_votes)):
        named = compiled(GROUND + NAMED.format(kind, low, high, threshold, ", ignore: ground")).evaluate(segments)
        for m, mask in enumerate(shapes):
            score, *circle = slow(mask, low, high)
            image = segments.labels[segments.partition[m]][segments.regions.superpixels]
            ground = {int(n) for n in np.unique(image) if areas[n] > 100}
            if kind == "circle_coverage":
                assert alone[m] == pytest.approx(slow_pieces(image, m, tuple(circle)) if score > 0 else 0)
            if areas[m] <= 100:
                expected = slow_pieces(image, m, tuple(circle), ignored=ground) if score > threshold else 0
                assert named.terms["foreground/pieces"][m] == pytest.approx(expected)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), pieces=st.integers(1, 30), low=st.floats(0.5, 9), width=st.floats(0, 8),
    threshold=st.sampled_from([0.0, 0.3, 0.6]),
)  # fmt: skip
def test_against_the_slow_count(seed: int, pieces: int, low: float, width: float, threshold: float) -> None:
    check(random_segments(seed, partitions=2, pieces=pieces, count=40), low, low + width, threshold)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (1, 4), (3, 8)])
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, low: float, high: float) -> None:
    check(odd(name), low, high, 0.1)


def test_more_segments_in_one_circle_are_worse() -> None:
    """The expected number is 1. Specks within a disc, which itself stays what it is."""
    ids = stripes(15.0).regions.superpixels.copy()
    found = []
    for count in range(5):
        ids[30, 34 : 34 + 3 * count : 3] = 2 + np.arange(count)
        segments = Segments(measure_regions(np.zeros((1, *ids.shape)), ids), np.arange(count + 2)[None])
        found.append(scores_of(TERM.format(10, 20), segments)[1])
    assert found == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]


def test_a_class_can_be_left_out_of_the_count() -> None:
    """The right third of a disc belongs to the ground."""
    ids = stripes(15.0).regions.superpixels.copy()
    ids[:, 45:] = 0
    bitten = Segments(measure_regions(np.zeros((1, *ids.shape)), ids), np.arange(2)[None])
    text = "classes: {ground: {kind: area, over: 1400}}\n"
    for ignore, expected in (("", 0.5), (", ignore: ground", 1.0)):
        result = compiled(text + NAMED.format("circle_hough", 10, 20, 0.0, ignore)).evaluate(bitten)
        assert result.terms["foreground/pieces"][1] == expected


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_images(name: str) -> None:
    for low, high in ((0.1, 0.1), (0.5, 3), (1, 1e9), (1e6, 1e9)):
        scores = scores_of(TERM.format(low, high), DEGENERATE[name])
        assert scores.min() >= 0
        assert scores.max() <= 1
