"""`ellipse_axes` against scikit-image on masks and on what they leave."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import ODD, check_peak, drawn, growing, odd, scores_of
from skimage.measure import regionprops
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

test_range_names_and_place = properties_of("{kind: ellipse_axes, expected: [20, 30], scale: [9, 15]}")
test_range_and_names_for_the_rest = properties_of(
    "{kind: ellipse_axes, of: rest, expected: [69.4, 80.8], scale: 1, kernel: linear}", moves=False
)


def check(segments: Segments, of: str) -> None:
    found = scores_of(f"{{kind: ellipse_axes, of: {of}, expected: [16, 25], scale: [9, 15]}}", segments)
    for m, mask in enumerate(masks(segments)):
        shape = mask if of == "segment" else ~mask
        axes = (0.0, 0.0)  # where nothing is left
        if shape.any():
            measured = regionprops(shape.astype(np.uint8))[0]
            axes = measured.axis_minor_length, measured.axis_major_length
        z = (axes[0] - 16) / 9, (axes[1] - 25) / 15
        assert found[m] == pytest.approx(math.exp(-(z[0] ** 2 + z[1] ** 2) / 2), abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), of=st.sampled_from(["segment", "rest"]))
def test_against_masks(seed: int, of: str) -> None:
    check(random_segments(seed, pieces=8, shape=(24, 40), count=50), of)


@pytest.mark.parametrize("of", ["segment", "rest"])
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, of: str) -> None:
    check(odd(name), of)


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


@pytest.mark.parametrize("rest", ["scale: 9", "scale: [9, 40], kernel: linear", "kernel: ratio"])
def test_farther_from_expected_is_worse(rest: str) -> None:
    """Rectangles that grow longer, then wider."""
    minor, major = (4 * math.sqrt((side**2 - 1) / 12) for side in (9, 24))
    term = f"{{kind: ellipse_axes, expected: [{minor}, {major}], {rest}}}"
    longer, wider = [(9, n) for n in range(10, 46, 2)], [(n, 24) for n in range(5, 14)]
    check_peak([scores_of(term, s)[1] for s in growing(longer)], best=7)
    check_peak([scores_of(term, s)[1] for s in growing(wider)], best=4)
