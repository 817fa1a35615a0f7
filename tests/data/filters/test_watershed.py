"""The fast watershed is that of scikit-image, pixel by pixel; where markers tie, that of a slow one by the rule."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import segmentation
from skimage.morphology import local_minima

from rlseg.data.filters import watershed


def picture(rng: np.random.Generator, shape: tuple[int, int], sigma: float, levels: int) -> np.ndarray:
    """(H, W) smooth noise; of so many heights, with plateaus, unless `levels` is 0."""
    image = ndimage.gaussian_filter(rng.random(shape), sigma)
    return np.round(image * levels) if levels else image


def by_the_rule(image: np.ndarray, markers: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """A heap of heights and ages, into which the markers go row by row."""
    found = np.array(markers) if mask is None else np.where(mask, markers, 0)
    waiting = [(image[place], age, place) for age, place in enumerate(zip(*np.nonzero(found), strict=True))]
    heapq.heapify(waiting)
    age = len(waiting)
    while waiting:
        level, _, (row, column) = heapq.heappop(waiting)
        for near in ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column)):
            inside = 0 <= near[0] < image.shape[0] and 0 <= near[1] < image.shape[1]
            if inside and found[near] == 0 and (mask is None or mask[near]):
                found[near] = found[row, column]
                heapq.heappush(waiting, (max(image[near], level), age, near))
                age += 1
    return found


def ties(image: np.ndarray, markers: np.ndarray) -> bool:
    """Whether pixels of two markers have one height."""
    pairs = np.unique(np.stack([image[markers > 0], markers[markers > 0].astype(float)]), axis=1)
    return len(np.unique(pairs[0])) < pairs.shape[1]


def expected_of(image: np.ndarray, markers: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    slow = by_the_rule(image, markers, mask)
    if not ties(image, markers):
        assert np.array_equal(slow, segmentation.watershed(image, markers, mask=mask))
    return slow


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
def test_agrees_with_scikit_image_or_the_rule(
    seed: int, height: int, width: int, sigma: float, levels: int, share: float, several: bool, masked: bool
) -> None:
    rng = np.random.default_rng(seed)
    image = picture(rng, (height, width), sigma, levels)
    marked = rng.random(image.shape) < share
    markers = ndimage.label(marked)[0] if several else marked * rng.integers(1, 4, image.shape)
    mask = rng.random(image.shape) < 0.8 if masked else None
    expected = expected_of(image, markers, mask)
    found = watershed(image, markers, mask)
    assert found.dtype == np.int32
    assert np.array_equal(found, expected)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(3, 40), width=st.integers(3, 40), levels=st.sampled_from([0, 4]))
def test_without_markers_from_the_minima(seed: int, height: int, width: int, levels: int) -> None:
    image = picture(np.random.default_rng(seed), (height, width), 1.0, levels)
    minima, _ = ndimage.label(local_minima(image, connectivity=1))
    assert np.array_equal(watershed(image), expected_of(image, minima))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), levels=st.sampled_from([2, 10, 50]))
def test_plateaus_from_markers_of_different_heights(seed: int, levels: int) -> None:
    """No two markers tie but everything else does."""
    rng = np.random.default_rng(seed)
    image = picture(rng, (40, 37), 1.0, levels)
    markers = np.zeros(image.shape, np.int32)
    for number, height in enumerate(np.unique(image), 1):
        markers.flat[rng.choice(np.flatnonzero(image == height))] = number
    assert np.array_equal(watershed(image, markers), segmentation.watershed(image, markers))


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
