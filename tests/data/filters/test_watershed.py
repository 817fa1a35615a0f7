"""The fast watershed is that of scikit-image, pixel by pixel, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import segmentation

from rlseg.data.filters import watershed


def picture(rng: np.random.Generator, shape: tuple[int, int], sigma: float, levels: int) -> np.ndarray:
    """(H, W) smooth noise; of so many heights, with plateaus, unless `levels` is 0."""
    image = ndimage.gaussian_filter(rng.random(shape), sigma)
    return np.round(image * levels) if levels else image


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    sigma=st.sampled_from([0.0, 1.0, 3.0]),
    levels=st.sampled_from([0, 0, 1, 3, 20, 200]),
    share=st.sampled_from([0.0, 0.01, 0.1, 0.9]),
    several=st.booleans(),
    masked=st.booleans(),
)
def test_agrees_with_scikit_image(
    seed: int, height: int, width: int, sigma: float, levels: int, share: float, several: bool, masked: bool
) -> None:
    rng = np.random.default_rng(seed)
    image = picture(rng, (height, width), sigma, levels)
    marked = rng.random(image.shape) < share
    markers = ndimage.label(marked)[0] if several else marked * rng.integers(1, 4, image.shape)
    mask = rng.random(image.shape) < 0.8 if masked else None
    expected = segmentation.watershed(image, markers, mask=mask)
    found = watershed(image, markers, mask)
    assert found.dtype == np.int32
    assert np.array_equal(found, expected)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(3, 40), width=st.integers(3, 40), levels=st.sampled_from([0, 4]))
def test_without_markers_from_the_minima(seed: int, height: int, width: int, levels: int) -> None:
    image = picture(np.random.default_rng(seed), (height, width), 1.0, levels)
    assert np.array_equal(watershed(image), segmentation.watershed(image))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), levels=st.sampled_from([2, 10, 50]))
def test_plateaus_from_markers_of_different_heights(seed: int, levels: int) -> None:
    """Where no two markers tie but everything else does, scikit-image is not asked."""
    rng = np.random.default_rng(seed)
    image = picture(rng, (40, 37), 1.0, levels)
    markers = np.zeros(image.shape, np.int32)
    for number, height in enumerate(np.unique(image), 1):
        markers.flat[rng.choice(np.flatnonzero(image == height))] = number
    expected = segmentation.watershed(image, markers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmentation, "watershed", None)
        assert np.array_equal(watershed(image, markers), expected)


@pytest.mark.parametrize("scale", [1e-310, 1e-12, 1e12, 1e300])
def test_any_range_of_heights(scale: float) -> None:
    rng = np.random.default_rng(3)
    image = (rng.random((20, 24)) - 0.5) * scale
    markers = ndimage.label(rng.random(image.shape) < 0.05)[0]
    assert np.array_equal(watershed(image, markers), segmentation.watershed(image, markers))


def test_without_a_marker_there_is_no_basin() -> None:
    flat = np.ones((4, 5))
    assert not watershed(flat).any()
    assert not watershed(flat, np.zeros((4, 5), np.int32)).any()
    marker = np.zeros((4, 5), np.int32)
    marker[1, 1] = 7
    assert (watershed(flat, marker) == 7).all()
    assert watershed(flat, marker).shape == (4, 5)


def test_heights_far_from_all_others_share_a_step() -> None:
    """All but one pixel in the lowest step: then the heap alone sorts them."""
    image = np.random.default_rng(5).random((30, 30))
    image[29, 29] = 1e9
    markers = ndimage.label(image == ndimage.minimum_filter(image, 5))[0]
    assert np.array_equal(watershed(image, markers), segmentation.watershed(image, markers))
