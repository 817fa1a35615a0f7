"""Superpixels cut along label images."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import label

from rlseg.graph.intersection import intersect_with_truth


@given(
    seed=st.integers(0, 10**6),
    shape=st.tuples(st.integers(1, 25), st.integers(1, 25)),
    several=st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_pieces_are_those_of_scikit_image_with_the_same_numbers(
    seed: int, shape: tuple[int, int], several: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    superpixels, labels = (rng.integers(0, count, shape) for count in several)
    pairs = superpixels * 10 + labels
    found = intersect_with_truth(superpixels.astype(np.int32), labels.astype(np.uint16))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, label(pairs, background=-1, connectivity=1) - 1)


def test_a_comb_is_one_piece() -> None:
    comb = np.ones((6, 9), np.int32)
    comb[:-1, 1::2] = 0
    ids = intersect_with_truth(comb, np.zeros_like(comb))
    assert len(np.unique(ids[comb == 1])) == 1
    assert len(np.unique(ids)) == 5
