"""The fast filling of holes is that of scipy, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from rlseg.data.filters import fill_holes


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    share=st.floats(0, 1),
    sigma=st.sampled_from([0.0, 0.5, 1.5]),
)
def test_agrees_with_scipy(seed: int, height: int, width: int, share: float, sigma: float) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((height, width)), sigma)
    mask = noise > np.quantile(noise, share)
    filled = fill_holes(mask)
    assert filled.dtype == np.bool_
    assert np.array_equal(filled, ndimage.binary_fill_holes(mask))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (3, 3), (2, 9), (64, 65), (0, 4)])
@pytest.mark.parametrize("value", [False, True])
def test_of_one_value_nothing_changes(shape: tuple[int, int], value: bool) -> None:
    mask = np.full(shape, value)
    assert np.array_equal(fill_holes(mask), mask)


def test_the_way_out_may_wind_and_does_not_go_over_corners() -> None:
    spiral = np.array(
        [
            [1, 1, 1, 1, 1, 1, 1],
            [1, 0, 0, 0, 0, 0, 1],
            [1, 0, 1, 1, 1, 0, 1],
            [1, 0, 1, 0, 1, 0, 1],
            [1, 0, 1, 0, 0, 0, 1],
            [1, 0, 1, 1, 1, 1, 1],
        ],
        bool,
    )
    assert np.array_equal(fill_holes(spiral), spiral)
    ring = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bool)
    assert fill_holes(ring)[1, 1]


def test_the_mask_may_be_a_view_and_stays_as_it_is() -> None:
    mask = np.zeros((20, 20), bool)
    mask[4:15, 4:15] = True
    mask[7:9, 7:9] = False
    before = mask.copy()
    for view in (mask.T, mask[::-1, ::-1], mask[::2, 1:]):
        assert np.array_equal(fill_holes(view), ndimage.binary_fill_holes(view))
    assert np.array_equal(mask, before)
