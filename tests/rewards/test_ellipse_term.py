"""`ellipse_axes` against scikit-image on masks and on what they leave."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import drawn, scores_of
from skimage.measure import regionprops


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), of=st.sampled_from(["segment", "rest"]))
def test_against_masks(seed: int, of: str) -> None:
    segments = random_segments(seed, pieces=8, shape=(24, 40), count=50)
    found = scores_of(f"{{kind: ellipse_axes, of: {of}, expected: [22, 35], scale: [9, 15]}}", segments)
    for m, mask in enumerate(masks(segments)):
        shape = regionprops((mask if of == "segment" else ~mask).astype(np.uint8))[0]
        z = (shape.axis_minor_length - 22) / 9, (shape.axis_major_length - 35) / 15
        assert found[m] == pytest.approx(math.exp(-(z[0] ** 2 + z[1] ** 2) / 2), abs=1e-9)


def test_the_background_around_an_embryo_has_its_axes() -> None:
    rows, columns = np.indices((90, 120))
    embryo = ((rows - 45) / 30) ** 2 + ((columns - 60) / 40) ** 2 < 1
    segments = drawn(embryo.astype(int))
    inner = scores_of("{kind: ellipse_axes, expected: [60, 80], scale: 2}", segments)
    outer = scores_of("{kind: ellipse_axes, of: rest, expected: [60, 80], scale: 2}", segments)
    assert inner[1] == outer[0] > 0.95
    assert inner[0] == outer[1] < 0.1


def test_nothing_is_left_of_an_image_that_is_filled() -> None:
    segments = drawn(np.zeros((6, 7), int))
    assert scores_of("{kind: ellipse_axes, of: rest, expected: [6, 7], kernel: ratio}", segments) == [0]
    assert scores_of("{kind: ellipse_axes, of: rest, expected: [6, 7], kernel: linear, scale: 5}", segments) == [0]


def test_um_is_the_same_reward_in_other_words() -> None:
    segments = random_segments(3)
    np.testing.assert_allclose(
        scores_of("{kind: ellipse_axes, expected: [10, 20], scale: 8}", segments),
        scores_of("{kind: ellipse_axes, expected: [5, 10], scale: 4}", segments, length="um", pixel_size=0.5),
    )


def test_farther_from_expected_is_worse() -> None:
    found = []
    for length in range(20, 45):
        labels = np.zeros((9, 50), int)
        labels[2:7, 3 : 3 + length] = 1
        minor = 4 * math.sqrt(2)
        major = 4 * math.sqrt((20**2 - 1) / 12)
        found.append(scores_of(f"{{kind: ellipse_axes, expected: [{minor}, {major}], scale: 9}}", drawn(labels))[1])
    assert found[0] == pytest.approx(1)
    assert (np.diff(found) < 0).all()
