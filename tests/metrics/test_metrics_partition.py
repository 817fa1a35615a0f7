"""Variation of information and adapted Rand error against scikit-image and known values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import adapted_rand_error as skimage_are
from skimage.metrics import variation_of_information as skimage_vi

from rlseg.metrics import score_image

labels = st.lists(st.integers(0, 4), min_size=30, max_size=30).map(lambda v: np.array(v).reshape(5, 6))


@settings(max_examples=80, deadline=None)
@given(labels, labels)
def test_all_pixels_as_scikit_image(truth, prediction):
    scores = score_image(prediction, truth).summary
    assert (scores.vi_split, scores.vi_merge) == pytest.approx(tuple(skimage_vi(truth, prediction)), abs=1e-12)
    assert scores.are == pytest.approx(skimage_are(truth, prediction, ignore_labels=())[0], abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(labels.filter(lambda a: np.count_nonzero(a) > 15), labels)
def test_truth_background_ignored_as_scikit_image(truth, prediction):
    scores = score_image(prediction, truth, ignore_background=True).summary
    expected = tuple(skimage_vi(truth, prediction, ignore_labels=(0,)))
    assert (scores.vi_split, scores.vi_merge) == pytest.approx(expected, abs=1e-12)
    assert scores.are == pytest.approx(skimage_are(truth, prediction, ignore_labels=(0,))[0], abs=1e-12)


def test_one_object_cut_in_four_costs_two_bits_of_split():
    truth = np.ones((2, 4), int)
    scores = score_image(np.array([[1, 2, 3, 4], [1, 2, 3, 4]]), truth).summary
    assert (scores.vi_split, scores.vi_merge) == (2, 0)
    # 8 pixels: 56 ordered pairs in the truth, 4 x 2 of them kept.
    assert scores.are == pytest.approx(1 - 2 * 8 / (56 + 8))


def test_background_counts_only_where_asked():
    truth = np.array([[0, 0, 1, 1]])
    prediction = np.array([[2, 3, 1, 1]])
    assert score_image(prediction, truth).summary.vi_split == pytest.approx(0.5)
    scores = score_image(prediction, truth, ignore_background=True).summary
    assert (scores.vi_split, scores.vi_merge, scores.are) == (0, 0, 0)
    assert scores.ap50 == pytest.approx(1 / 3)  # object scores see the background all the same


def test_33_everything_ignored_is_an_error_of_zero():
    counts = score_image(np.array([[1, 2]]), np.zeros((1, 2), int), ignore_background=True)
    assert counts.pixels == 0
    assert (counts.summary.vi_split, counts.summary.vi_merge, counts.summary.are) == (0, 0, 0)
    assert counts.summary.mean_ap == 0


def test_single_pixels_have_no_pairs_to_get_wrong():
    assert score_image(np.array([[1, 2]]), np.array([[2, 1]])).summary.are == 0
    assert score_image(np.array([[1, 1]]), np.array([[2, 1]])).summary.are == 1
