"""`coverage` and `touches_border` against masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import BOUNDARY, drawn, scores_of


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 12))
def test_share_of_the_image_against_masks(seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces)
    share = np.array([mask.mean() for mask in masks(segments)])
    alone = scores_of("{kind: coverage, expected: [0.1, 0.2], scale: 0.3, kernel: linear}", segments)
    off = np.maximum(0, np.maximum(0.1 - share, share - 0.2))
    np.testing.assert_allclose(alone, np.maximum(0, 1 - off / 0.3))
    term = "{kind: coverage, of: big, expected: 0.5, scale: 0.6, kernel: linear}"
    reward = compiled(
        f"classes: {{big: {{kind: area, over: 200}}}}\nrewards: {{big: 0, foreground: {{terms: {{t: {term}}}}}}}"
    )
    found = reward.evaluate(segments).terms["foreground/t"]
    big = share > 200 / (40 * 56)
    for m in np.flatnonzero(~big):
        covered = share[big & (segments.partition == segments.partition[m])].sum()
        assert found[m] == pytest.approx(max(0, 1 - abs(covered - 0.5) / 0.6))


def test_all_segments_of_the_foreground_cover_the_image() -> None:
    segments = random_segments(0)
    assert scores_of("{kind: coverage, of: foreground, expected: 1, scale: 1e-9}", segments) == pytest.approx(1)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_touching_the_border_against_masks(seed: int) -> None:
    segments = random_segments(seed, pieces=60, shape=(24, 40), count=60)
    inside = np.array([not (m[0].any() or m[-1].any() or m[:, 0].any() or m[:, -1].any()) for m in masks(segments)])
    np.testing.assert_array_equal(
        scores_of("{kind: touches_border, otherwise: 0.25}", segments), np.where(inside, 1, 0.25)
    )
    np.testing.assert_array_equal(scores_of("{kind: touches_border, wanted: true}", segments), np.where(inside, 0, 1))
    assert inside.any()
    assert not inside.all()


@pytest.mark.parametrize(("name", "inside"), [("hole", [0, 1]), ("two pieces", [0, 0]), ("all merged", [0])])
def test_drawn_borders(name: str, inside: list[int]) -> None:
    assert scores_of("{kind: touches_border}", drawn(np.array(BOUNDARY[name]))).tolist() == inside
