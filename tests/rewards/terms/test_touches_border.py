"""`touches_border` against masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import ODD, drawn, odd, scores_of
from term_properties import content

from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.segments import Segments


def check(segments: Segments) -> list[bool]:
    """Which segments lie inside."""
    inside = [not (m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any()) for m in masks(segments)]
    within = scores_of("{kind: touches_border, otherwise: 0.25}", segments)
    np.testing.assert_array_equal(within, np.where(inside, 1, 0.25))
    np.testing.assert_array_equal(scores_of("{kind: touches_border, wanted: true}", segments), np.where(inside, 0, 1))
    return inside


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_touching_the_border_against_masks(seed: int) -> None:
    inside = check(random_segments(seed, pieces=60, shape=(24, 40), count=60))
    assert any(inside)
    assert not all(inside)


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
def test_names_and_places_inside_the_image_change_nothing(seed: int, row: int, column: int) -> None:
    image, ids, labels = content(seed, row, column)
    number = np.random.default_rng(seed).permutation(ids.max() + 1)
    renamed = np.empty_like(labels)
    renamed[:, number] = labels + 1000
    segments = Segments(measure_regions(image, number[ids].astype(np.int32)), renamed)
    for k in range(3):
        scores = scores_of("{kind: touches_border}", Segments(segments.regions, renamed[k : k + 1]))
        rest = segments.labels[k, number[-1]] - segments.offsets[k]
        assert scores[rest] == 0
        assert (np.delete(scores, rest) == 1).all()


@pytest.mark.parametrize("across", [False, True])
def test_only_the_last_step_towards_the_border_counts(across: bool) -> None:
    """The distance from what is expected is whether it touches: nothing between."""
    found = []
    for place in range(7):
        labels = np.zeros((9, 9), int)
        labels[place : place + 3, 3:6] = 1
        found.append(scores_of("{kind: touches_border, otherwise: 0.5}", drawn(labels.T if across else labels))[1])
    assert found == [0.5, 1, 1, 1, 1, 1, 0.5]
