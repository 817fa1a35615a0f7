"""`coverage` against masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import ODD, check_peak, growing, odd, scores_of
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

test_range_names_and_place = properties_of(
    "{kind: coverage, expected: 0.02, scale: 0.02}",
    "{kind: coverage, of: foreground, expected: 0.05, scale: 0.05, kernel: linear}",
)


def check(segments: Segments) -> None:
    """The segment alone, and all segments of a class together."""
    share = np.array([mask.mean() for mask in masks(segments)])
    alone = scores_of("{kind: coverage, expected: [0.1, 0.2], scale: 0.3, kernel: linear}", segments)
    off = np.maximum(0, np.maximum(0.1 - share, share - 0.2))
    np.testing.assert_allclose(alone, np.maximum(0, 1 - off / 0.3), atol=1e-12)
    term = "{kind: coverage, of: big, expected: 0.5, scale: 0.6, kernel: linear}"
    reward = compiled(
        f"classes: {{big: {{kind: area, over: 100}}}}\nrewards: {{big: 0, foreground: {{terms: {{t: {term}}}}}}}"
    )
    found = reward.evaluate(segments).terms["foreground/t"]
    big = np.array([mask.sum() > 100 for mask in masks(segments)])
    for m in np.flatnonzero(~big):
        covered = share[big & (segments.partition == segments.partition[m])].sum()
        assert found[m] == pytest.approx(max(0, 1 - abs(covered - 0.5) / 0.6))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30))
def test_share_of_the_image_against_masks(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


def test_all_segments_of_the_foreground_cover_the_image() -> None:
    segments = random_segments(0)
    assert scores_of("{kind: coverage, of: foreground, expected: 1, scale: 1e-9}", segments) == pytest.approx(1)


@pytest.mark.parametrize("rest", ["scale: 0.2", "scale: 0.6, kernel: linear", "kernel: ratio"])
def test_farther_from_expected_is_worse(rest: str) -> None:
    shares = [(width * 40 / 2400) for width in range(2, 34, 3)]
    term = f"{{kind: coverage, expected: {shares[4]}, {rest}}}"
    check_peak([scores_of(term, s)[1] for s in growing([(40, width) for width in range(2, 34, 3)])], best=4)
