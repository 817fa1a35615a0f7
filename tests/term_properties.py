"""What holds for every term, to be tried on a term with settings under which random segments score differently."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import voronoi
from reward_text import HEAD
from scipy import ndimage

from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

HEIGHT, WIDTH = 24, 32
# The surroundings are a class of their own, without the term: they do not move with the content. Small segments are the
# foreground, so that terms that refer to it have something to look at.
FILE = """
geometry: {{center: [{row}, {column}], ring: [6, 10], border_radius: 12}}
classes: {{frame: {{kind: area, over: 2000}}, tested: {{kind: area, over: 25}}}}
rewards:
  frame: 0
  tested: {{terms: {{t: {term}}}}}
  foreground: 0.6
"""


def properties_of(*terms: str, moves: bool = True) -> Callable[..., None]:
    """The test that all this holds for some terms.

    Args:
        terms: as they stand in a file.
        moves: False for those that speak of the image as a whole, which does not move with the segments.
    """

    @pytest.mark.parametrize("term", terms)
    @settings(max_examples=5, deadline=None)
    @given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
    def test(term: str, seed: int, row: int, column: int) -> None:
        check_properties(term, seed, row if moves else 1, column if moves else 1)

    return test


def content(seed: int, row: int = 1, column: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random superpixels at some place in a larger black image, which never touch its border.

    Returns:
        (2, H, W) image, (H, W) superpixels, of which the last is the rest, (3, N) partitions, coarse and fine.
    """
    rng = np.random.default_rng(seed)
    inner = voronoi(rng, (HEIGHT, WIDTH), 40)
    image = np.zeros((2, 60, 70))
    place = slice(row, row + HEIGHT), slice(column, column + WIDTH)
    image[:, *place] = ndimage.gaussian_filter(rng.random((2, HEIGHT, WIDTH)), (0, 1, 1))
    ids = np.full((60, 70), inner.max() + 1, np.int32)
    ids[place] = inner
    labels = np.stack([np.append(rng.integers(0, pieces, inner.max() + 1), 99) for pieces in (4, 10, 25)])
    return image, ids, labels


@cache
def _reward(term: str, row: int, column: int) -> Reward:
    return Reward(parse_reward(HEAD + FILE.format(term=term, row=row + 12, column=column + 15)))


def check_properties(term: str, seed: int, row: int, column: int) -> None:
    """Scores lie in [0, 1] and do not depend on the names of things or on where in the image they are.

    Args:
        term: as it stands in a file; the centre of the geometry moves with the segments.
        seed: of the content.
        row, column: another place for it.
    """
    _check_it_tells_segments_apart(term)
    image, ids, labels = content(seed)
    segments = Segments(measure_regions(image, ids), labels)
    found = _scores(term, segments)
    tested = segments.descriptor("area") > 25
    tested &= segments.descriptor("area") <= 2000
    np.testing.assert_array_equal(np.isnan(found), ~tested)
    assert found[tested].min() >= 0
    assert found[tested].max() <= 1

    rng = np.random.default_rng(seed)
    number = rng.permutation(ids.max() + 1)  # superpixel n becomes superpixel number[n]
    names = rng.permutation(10**4)
    renamed = np.empty_like(labels)
    renamed[:, number] = names[labels]
    other = Segments(measure_regions(image, number[ids].astype(np.int32)), renamed)
    np.testing.assert_allclose(_scores(term, other)[other.labels[:, number]], found[segments.labels], atol=1e-6)

    image, ids, _ = content(seed, row, column)
    moved = Segments(measure_regions(image, ids), labels)
    np.testing.assert_allclose(_scores(term, moved, row, column), found, atol=1e-6)


@cache
def _check_it_tells_segments_apart(term: str) -> None:
    """Else the properties above would say nothing."""
    scores = []
    for seed in range(3):
        image, ids, labels = content(seed)
        scores.append(_scores(term, Segments(measure_regions(image, ids), labels)))
    assert np.nanstd(np.concatenate(scores)) > 0.05


def _scores(term: str, segments: Segments, row: int = 1, column: int = 1) -> np.ndarray:
    """(M,) scores of the term, NaN for segments of other classes."""
    result = _reward(term, row, column).evaluate(segments)
    assert result.non_finite == 0
    return result.terms["tested/t"]
