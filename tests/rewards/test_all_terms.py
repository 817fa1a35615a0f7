"""What every kind of term and class rule must hold, tried on the example that it gives of itself."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_segments, voronoi
from reward_text import HEAD
from scenes import BOUNDARY
from scipy import ndimage

from rlseg.graph.rag import measure_regions
from rlseg.rewards.group import TERM_KINDS, Group
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.schema import CLASS_KINDS
from rlseg.rewards.segments import Segments
from rlseg.rewards.terms.base import TermReference

# Small segments are the foreground, so that terms that refer to it have something to look at.
FILE = """
geometry: {{center: [{row}, {column}], ring: [60, 100], border_radius: 120}}
classes: {{frame: {{kind: area, over: {frame}}}, tested: {{kind: area, over: {over}}}}}
rewards:
  frame: 0
  tested: {{terms: {{t: {term}{others}}}}}
  foreground: 0.6
"""
EVERY_TERM = pytest.mark.parametrize("kind", sorted(TERM_KINDS))
EVERY_RULE = pytest.mark.parametrize("kind", sorted(CLASS_KINDS))


def reward_of(kind: str, over: float = 25, frame: float = 1e9, center: tuple[float, float] = (20, 28)) -> Reward:
    model = TERM_KINDS[kind]
    given = yaml.safe_load(model.EXAMPLE)
    others = "".join(  # the terms that the example refers to
        f", {given[name]}: {TERM_KINDS[mark.kind].EXAMPLE}"
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, TermReference) and name in given
    )
    text = FILE.format(row=center[0], column=center[1], over=over, frame=frame, term=model.EXAMPLE, others=others)
    return Reward(parse_reward(HEAD + text))


def term_scores(kind: str, segments: Segments, **settings: object) -> np.ndarray:
    """(M,) scores, NaN for the small segments and the frame."""
    result = reward_of(kind, **settings).evaluate(segments)  # type: ignore[arg-type]
    assert result.non_finite == 0
    return result.terms["tested/t"]


def matched(kind: str, segments: Segments, center: tuple[float, float] = (20, 28)) -> np.ndarray:
    """(M,) which segments the example of a class rule matches."""
    text = HEAD + f"geometry: {{center: [{center[0]}, {center[1]}]}}\nclasses: {{a: {CLASS_KINDS[kind].EXAMPLE}}}\n"
    return Reward(parse_reward(text + "rewards: {a: 0, foreground: 1}")).evaluate(segments).segment_class == 0


def flat_segments(labels: list[list[int]]) -> Segments:
    """Every superpixel of a drawn image is a segment; all intensities are equal."""
    ids = np.array(labels, dtype=np.int32)
    return Segments(measure_regions(np.full((1, *ids.shape), 0.5), ids), np.arange(ids.max() + 1)[None])


@EVERY_TERM
def test_the_example_parses_to_its_kind(kind: str) -> None:
    group = reward_of(kind).file.rewards["tested"]
    assert isinstance(group, Group)
    assert type(group.terms["t"]) is TERM_KINDS[kind]


@EVERY_TERM
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 60))
def test_scores_lie_between_0_and_1(kind: str, seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces)
    scores = term_scores(kind, segments)
    assert scores.shape == (segments.count,)
    inside = scores[~np.isnan(scores)]
    assert ((inside >= 0) & (inside <= 1)).all()
    assert np.isnan(scores).tolist() == (segments.descriptor("area") <= 25).tolist()


@EVERY_TERM
@pytest.mark.parametrize("shape", BOUNDARY)
def test_odd_shapes_have_scores(kind: str, shape: str) -> None:
    scores = term_scores(kind, flat_segments(BOUNDARY[shape]), over=0)
    assert ((scores >= 0) & (scores <= 1)).all()


@EVERY_TERM
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_names_of_segments_do_not_matter(kind: str, seed: int) -> None:
    segments = random_segments(seed, partitions=2)
    names = np.random.default_rng(seed).permutation(10**6)
    renamed = Segments(segments.regions, names[segments.labels])
    np.testing.assert_allclose(term_scores(kind, renamed), term_scores(kind, segments), atol=1e-9)


@EVERY_TERM
def test_partitions_do_not_mix(kind: str) -> None:
    segments = random_segments(5, partitions=4)
    together = term_scores(kind, segments)
    for k in range(4):
        alone = term_scores(kind, Segments(segments.regions, segments.labels[k : k + 1]))
        np.testing.assert_allclose(together[segments.partition == k], alone, atol=1e-9)


def placed(seed: int, row: int, column: int) -> Segments:
    """The same random image and partition at some place in a larger black one, whose rest is one more segment."""
    rng = np.random.default_rng(seed)
    inner = voronoi(rng, (24, 32), 30)
    image = np.zeros((1, 60, 70))
    image[0, row : row + 24, column : column + 32] = ndimage.gaussian_filter(rng.random((24, 32)), 1)
    ids = np.full((60, 70), inner.max() + 1, np.int32)
    ids[row : row + 24, column : column + 32] = inner
    return Segments(measure_regions(image, ids), np.append(rng.integers(0, 8, inner.max() + 1), 8)[None])


@EVERY_TERM
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
def test_moving_the_content_changes_nothing(kind: str, seed: int, row: int, column: int) -> None:
    """The geometry moves with it, and the content never touches the border."""
    first = term_scores(kind, placed(seed, 1, 1), frame=2000, center=(14, 20))
    moved = term_scores(kind, placed(seed, row, column), frame=2000, center=(13 + row, 19 + column))
    np.testing.assert_allclose(moved, first, atol=1e-6)


@EVERY_RULE
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 60))
def test_rules_match_whatever_the_names_and_neighbours(kind: str, seed: int, pieces: int) -> None:
    segments = random_segments(seed, partitions=3, pieces=pieces)
    found = matched(kind, segments)
    assert found.shape == (segments.count,)
    names = np.random.default_rng(seed).permutation(10**6)
    np.testing.assert_array_equal(matched(kind, Segments(segments.regions, names[segments.labels])), found)
    for k in range(3):
        alone = matched(kind, Segments(segments.regions, segments.labels[k : k + 1]))
        np.testing.assert_array_equal(found[segments.partition == k], alone)


@EVERY_RULE
@pytest.mark.parametrize("shape", BOUNDARY)
def test_rules_take_odd_shapes(kind: str, shape: str) -> None:
    segments = flat_segments(BOUNDARY[shape])
    assert matched(kind, segments).shape == (segments.count,)
