"""The fast maxima are those of scikit-image, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.morphology import h_maxima

from rlseg.data.superpixels.maxima import high_maxima


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    rise=st.sampled_from([0.01, 0.05, 0.2, 0.5, 2.0]),
    levels=st.sampled_from([None, 2, 5]),
    sigma=st.sampled_from([0.0, 1.0]),
)
def test_agrees_with_scikit_image(
    seed: int, height: int, width: int, rise: float, levels: int | None, sigma: float
) -> None:
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random((height, width)), sigma)
    if levels is not None:  # plateaus, and maxima of exactly the height asked for
        image = np.round(image * levels) / levels
    assert (high_maxima(image, rise) == h_maxima(image, rise).astype(bool)).all()


def test_a_spiral_needs_more_than_two_scans() -> None:
    """A ridge that winds inwards carries its top through every direction of the scans."""
    image = np.zeros((41, 41))
    row, column, direction, length = 0, 0, 0, 40
    for leg in range(20):
        for _ in range(length):
            image[row, column] = 1.0
            row, column = row + (0, 1, 0, -1)[direction], column + (1, 0, -1, 0)[direction]
        direction = (direction + 1) % 4
        length -= 2 if leg % 2 and leg > 0 else 0
    image[0, 0] = 1.2
    image[row, column] = 1.1
    for rise in (0.05, 0.15, 0.5):
        assert (high_maxima(image, rise) == h_maxima(image, rise).astype(bool)).all()
    assert np.argwhere(high_maxima(image, 0.15)).tolist() == [[0, 0]]


@pytest.mark.parametrize("rise", [0.1, 1.0])
def test_constant_images_have_no_maxima(rise: float) -> None:
    assert not high_maxima(np.full((3, 4), 7.0), rise).any()


def test_height_is_measured_against_the_way_to_a_higher_maximum() -> None:
    image = np.array([[0.0, 3.0, 1.0, 2.0, 0.5, 2.5, 0.0]])
    # 3 is the highest; 2 falls by 1 on its way to 3; 2.5 falls by 2
    for rise, columns in ((0.9, [1, 3, 5]), (1.5, [1, 5]), (2.1, [1])):
        assert np.flatnonzero(high_maxima(image, rise)).tolist() == columns
