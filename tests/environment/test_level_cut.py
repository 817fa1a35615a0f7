"""Objects cut at a share of their brightness, against the same with scipy and scikit-image, one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.measure import label
from skimage.segmentation import expand_labels

from rlseg.environment.level_cut import cut_at


def slowly(above: np.ndarray, labels: np.ndarray, zone: np.ndarray, share: float) -> np.ndarray:
    result = np.zeros_like(labels)
    for number, place in enumerate(ndimage.find_objects(zone), start=1):
        if place is None:
            continue
        inside = labels[place] == number
        bright = (zone[place] == number) & (above[place] > np.float32(share) * np.median(above[place][inside]))
        pieces = label(bright, connectivity=1)
        if pieces.max() == 0:
            continue
        largest = ndimage.binary_fill_holes(pieces == np.bincount(pieces.ravel())[1:].argmax() + 1)
        mine = (zone[place] == number) | (zone[place] == 0)
        result[place][largest & mine & (result[place] == 0)] = number
    return result


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    blur=st.sampled_from([0.3, 1.0, 2.0]),
    reach=st.integers(1, 3),
    share=st.floats(0.05, 0.95),
    even=st.booleans(),
    scattered=st.booleans(),
)
def test_it_is_what_libraries_give(
    seed: int, height: int, width: int, blur: float, reach: int, share: float, even: bool, scattered: bool
) -> None:
    rng = np.random.default_rng(seed)
    above = np.maximum(ndimage.gaussian_filter(rng.normal(size=(height, width)), blur), 0).astype(np.float32)
    if even:  # many pixels of one brightness
        above = np.round(above, 1).astype(np.float32)
    if scattered:  # objects in several pieces, some inside of others
        labels = rng.integers(0, 5, (height, width)).astype(np.int32)
    else:
        labels = ndimage.label(rng.random((height, width)) < 0.4)[0].astype(np.int32)
    zone = expand_labels(labels, reach)
    found = cut_at(above, labels, zone, share)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, slowly(above, labels, zone, share))


def test_a_hole_is_filled_but_not_over_another_object() -> None:
    above = np.full((9, 9), 1.0, np.float32)
    above[3:6, 3:6] = 0.0
    labels = np.ones((9, 9), np.int32)
    labels[4, 4] = 2
    found = cut_at(above, labels, labels, 0.5)
    assert found[4, 4] == 0, "object 2 is dark"
    assert (np.delete(found.ravel(), 40) == 1).all()


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_the_level_is_a_share_of_the_median(share: float) -> None:
    above = np.array([[0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]], np.float32)
    labels = np.array([[0, 0, 1, 1, 1, 0, 0]], np.int32)
    zone = np.array([[0, 1, 1, 1, 1, 1, 0]], np.int32)
    assert cut_at(above, labels, zone, share).sum() == (5 if share < 0.5 else 3)
