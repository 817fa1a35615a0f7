"""The fast distances within a mask are those of scipy, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from rlseg.data.filters import distance_inside


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 150),
    width=st.integers(1, 150),
    sigma=st.sampled_from([0.0, 1.0, 5.0]),
    share=st.floats(0, 1),
)
def test_agrees_with_scipy(seed: int, height: int, width: int, sigma: float, share: float) -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).random((height, width)), sigma)
    mask = noise > np.quantile(noise, share)
    mask.flat[seed % mask.size] = False
    found = distance_inside(mask)
    assert found.dtype == np.float64
    assert np.array_equal(found, ndimage.distance_transform_edt(mask))


@pytest.mark.parametrize("shape", [(1, 90), (90, 1), (47, 47), (49, 49), (50, 50), (200, 120), (1, 300)])
def test_from_one_pixel_alone_near_and_far(shape: tuple[int, int]) -> None:
    for place in ((0, 0), (shape[0] // 2, shape[1] // 2), (shape[0] - 1, 0)):
        mask = np.ones(shape, bool)
        mask[place] = False
        assert np.array_equal(distance_inside(mask), ndimage.distance_transform_edt(mask))


def test_the_mask_may_be_a_view() -> None:
    mask = np.random.default_rng(0).random((40, 50)) < 0.9
    for view in (mask.T, mask[::-1, ::2]):
        assert np.array_equal(distance_inside(view), ndimage.distance_transform_edt(view))
