"""What the local background is made of is what scipy makes it of, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from rlseg.data.filters import between, percentile_of_window
from rlseg.data.superpixels.background import local_background


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    levels=st.sampled_from([0, 3]),
    percentile=st.sampled_from([0.0, 10.0, 25.0, 50.0, 99.0]),
    size=st.sampled_from([1, 3, 11]),
)
def test_the_percentile_is_that_of_scipy(
    seed: int, height: int, width: int, levels: int, percentile: float, size: int
) -> None:
    image = np.random.default_rng(seed).normal(size=(height, width))
    image = np.round(image * levels) if levels else image
    expected = ndimage.percentile_filter(image, percentile, size=size)
    assert np.array_equal(percentile_of_window(image, percentile, size), expected)


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    step=st.sampled_from([1, 2, 4]),
    scale=st.sampled_from([1e-9, 1.0, 1e6]),
)
def test_between_is_that_of_scipy(seed: int, height: int, width: int, step: int, scale: float) -> None:
    coarse = (np.random.default_rng(seed).normal(size=(height, width)) * scale)[::step, ::step]
    places = np.meshgrid(np.arange(height) / step, np.arange(width) / step, indexing="ij")
    expected = ndimage.map_coordinates(coarse, places, order=1, mode="nearest")
    assert np.array_equal(between(coarse, (height, width), step), expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (64, 61), (130, 258)])
def test_the_local_background_is_that_of_scipy(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).random(shape)
    smooth = ndimage.gaussian_filter(image, 2.0)
    low = ndimage.gaussian_filter(ndimage.percentile_filter(smooth[::4, ::4], 10, size=11), 2.0)
    places = np.meshgrid(*(np.arange(length) / 4 for length in shape), indexing="ij")
    expected = ndimage.map_coordinates(low, places, order=1, mode="nearest")
    assert np.array_equal(local_background(image), expected)
