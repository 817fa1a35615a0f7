"""`contour_circularity` against distances of pixel sides of masks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import ODD, drawn, odd, scores_of
from slow_circles import DEGENERATE, boundary
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: contour_circularity, scale: {}}}"

test_range_names_and_place = properties_of(
    "{kind: contour_circularity, scale: 0.3}", "{kind: contour_circularity, scale: 0.8, kernel: linear}"
)


def slow_spread(mask: np.ndarray) -> float | None:
    """s / m of a mask, None without an outline."""
    points = boundary(mask)
    if not len(points):
        return None
    distances = np.hypot(*(points - points.mean(0)).T)
    # one crack alone is its own middle
    return float(distances.std() / distances.mean()) if distances.mean() > 0 else None


def check(segments: Segments, scale: float) -> None:
    found = scores_of(TERM.format(scale), segments)
    for m, mask in enumerate(masks(segments)):
        spread = slow_spread(mask)
        expected = 0.0 if spread is None else math.exp(-0.5 * (spread / scale) ** 2)
        assert found[m] == pytest.approx(expected, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30), scale=st.floats(0.1, 2))
def test_against_distances_of_pixel_sides(seed: int, pieces: int, scale: float) -> None:
    check(random_segments(seed, partitions=2, pieces=pieces, count=40), scale)


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name), 0.3)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_images(name: str) -> None:
    check(DEGENERATE[name], 0.3)


def ellipse(ratio: float, shape: tuple[int, int] = (301, 301)) -> np.ndarray:
    rows, columns = np.indices(shape)
    return ((rows - 150) * ratio) ** 2 + (columns - 150) ** 2 <= 140**2


def test_the_numbers_of_the_manual() -> None:
    """A circle 0, an ellipse with axes 1.3 : 1 0.09, a square 0.11, axes 2 : 1 0.22."""
    square = np.zeros((301, 301), bool)
    square[50:250, 50:250] = True
    for mask, expected in ((ellipse(1), 0.0), (ellipse(1.3), 0.09), (square, 0.11), (ellipse(2), 0.22)):
        mean, deviation = drawn(mask.astype(int)).contour_spread
        assert deviation[1] / mean[1] == pytest.approx(expected, abs=0.01)


def test_a_background_has_the_contour_of_what_it_surrounds() -> None:
    """Also if that consists of many objects; and a disc that bulges or lacks an object has less of a circle."""
    rows, columns = np.indices((301, 301))
    turn = np.arctan2(rows - 150, columns - 150) // (math.pi / 20)
    found = []
    for missing in (0, 1, 3):
        cells = np.where(ellipse(1) & ~((turn >= 0) & (turn < missing)), 30 + turn, 0).astype(int)
        segments = drawn(cells)
        found.append(scores_of(TERM.format(0.1), segments)[0])
        check(segments, 0.1)
    assert found[0] > 0.99
    assert found[0] > found[1] > found[2]
