"""The fast Gaussian filters are those of scipy, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from rlseg.data.filters import gaussian_filter, gradient_magnitude


@settings(max_examples=300, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    sigma=st.sampled_from([0.0, 0.05, 0.2, 0.5, 0.7, 1.0, 1.2, 2.0, 3.3, 12.0]),
    order=st.sampled_from([(0, 0), (0, 0), (1, 0), (0, 1), (2, 0), (0, 2), (1, 1)]),
    scale=st.sampled_from([1e-9, 1.0, 1e6]),
)
def test_agrees_with_scipy(
    seed: int, height: int, width: int, sigma: float, order: tuple[int, int], scale: float
) -> None:
    image = (np.random.default_rng(seed).random((height, width)) - 0.3) * scale
    found = gaussian_filter(image, sigma, order)
    assert found.dtype == np.float64
    assert np.array_equal(found, ndimage.gaussian_filter(image, sigma, order=order))


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    sigma=st.sampled_from([0.7, 1.0, 1.5]),
)
def test_the_gradient_is_that_of_scipy(seed: int, height: int, width: int, sigma: float) -> None:
    image = np.random.default_rng(seed).random((height, width))
    assert np.array_equal(gradient_magnitude(image, sigma), ndimage.gaussian_gradient_magnitude(image, sigma))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_views_and_float32(dtype: type) -> None:
    """scipy rounds float32 between the two directions, and is left to do so."""
    image = np.random.default_rng(0).random((40, 50)).astype(dtype)
    for view in (image, image.T, image[::-1, ::2]):
        found = gaussian_filter(view, 1.0)
        assert found.dtype == dtype
        assert np.array_equal(found, ndimage.gaussian_filter(view, 1.0))


def test_the_image_stays_as_it_is() -> None:
    image = np.random.default_rng(0).random((9, 9))
    before = image.copy()
    for sigma in (0.0, 1.0):
        gaussian_filter(image, sigma)[0, 0] = 7.0
    assert np.array_equal(image, before)
