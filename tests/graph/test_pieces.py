"""Pieces of maps and graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from skimage.measure import label

from rlseg.graph import joined, pieces_of, pieces_of_equals


def map_of(seed: int, values: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    shape = tuple(generator.integers(1, 24, 2))
    return generator.integers(0, values, shape).astype(np.int32)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.booleans())
def test_pieces_of_a_mask_are_those_of_scipy(seed: int, values: int, diagonal: bool) -> None:
    mask = map_of(seed, values) == 0
    found, count = pieces_of(mask, diagonal)
    expected, number = ndimage.label(mask, np.ones((3, 3)) if diagonal else None)
    assert (count, found.dtype) == (number, np.int32)
    assert np.array_equal(found, expected)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(-1, 1))
def test_pieces_of_equal_pixels_are_those_of_scikit_image(seed: int, values: int, ground: int) -> None:
    given_ = map_of(seed, values)
    assert np.array_equal(pieces_of_equals(given_, ground), label(given_, background=ground, connectivity=1))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 40))
def test_pieces_of_a_graph_are_those_of_scipy(seed: int, count: int, edges: int) -> None:
    first, second = np.random.default_rng(seed).integers(0, count, (2, edges))
    graph = coo_matrix((np.ones(edges, np.int8), (first, second)), shape=(count, count))
    assert np.array_equal(joined(first, second, count), connected_components(graph, directed=False)[1])


@pytest.mark.parametrize("diagonal", [False, True])
def test_a_spiral_is_one_piece(diagonal: bool) -> None:
    mask = np.array([list("#####"), list("    #"), list("### #"), list("#   #"), list("#####")]) == "#"
    found, count = pieces_of(mask, diagonal)
    assert count == 1
    assert np.array_equal(found, mask)


def test_where_there_is_nothing_there_are_no_pieces() -> None:
    found, count = pieces_of(np.zeros((3, 4), np.bool_))
    assert count == 0
    assert not found.any()
