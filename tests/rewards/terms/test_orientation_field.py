"""`orientation_field` against scikit-image's orientation of masks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import ODD, check_peak, drawn, odd, scores_of
from skimage.measure import regionprops
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

GEOMETRY = "geometry: {center: [12.3, 31.7]}"
CENTER = np.array([12.3, 31.7])

test_range_names_and_place = properties_of(
    "{kind: orientation_field, direction: radial}",
    "{kind: orientation_field, direction: tangential, weigh_elongation: true}",
    "{kind: orientation_field, direction: 20, kernel: linear, scale: 70}",
)


def slow_angle(mask: np.ndarray, direction: str | float) -> float:
    """Degrees in [0, 90] between the major axis and the direction; 45 for what has no axis."""
    spread = np.linalg.eigvalsh(np.cov(np.argwhere(mask).T, bias=True).reshape(2, 2))
    if np.ptp(spread) < 1e-6:
        return 45.0
    found = regionprops(mask.astype(np.uint8))[0]
    axis = np.array([math.cos(found.orientation), math.sin(found.orientation)])
    row, column = np.array(found.centroid) - CENTER
    wanted = {"radial": (row, column), "tangential": (-column, row)}.get(str(direction))
    if wanted is None:
        wanted = (math.cos(math.radians(float(direction))), math.sin(math.radians(float(direction))))
    cosine = abs(np.dot(axis, wanted)) / np.hypot(*wanted)
    return math.degrees(math.acos(min(cosine, 1.0)))


def check(segments: Segments, direction: str | float) -> None:
    squared = scores_of(f"{{kind: orientation_field, direction: {direction}}}", segments, GEOMETRY)
    linear = scores_of(
        f"{{kind: orientation_field, direction: {direction}, kernel: linear, scale: 60}}", segments, GEOMETRY
    )
    for m, mask in enumerate(masks(segments)):
        angle = slow_angle(mask, direction)
        assert squared[m] == pytest.approx(math.cos(math.radians(angle)) ** 2, abs=1e-6)
        assert linear[m] == pytest.approx(max(0, 1 - angle / 60), abs=1e-5)


@pytest.mark.parametrize("direction", ["radial", "tangential", 0, 30, 90, -170, 400.5])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_against_masks(direction: str | float, seed: int) -> None:
    check(random_segments(seed, pieces=20, shape=(24, 40), count=50), direction)


@pytest.mark.parametrize("direction", ["radial", "tangential", 30])
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, direction: str | float) -> None:
    check(odd(name), direction)


@pytest.mark.parametrize(("angle", "box"), [(0, (9, 3)), (90, (3, 9))])
def test_upright_is_0_and_level_is_90_degrees(angle: int, box: tuple[int, int]) -> None:
    labels = np.zeros((15, 15), int)
    labels[3 : 3 + box[0], 3 : 3 + box[1]] = 1
    segments = drawn(labels)
    assert scores_of(f"{{kind: orientation_field, direction: {angle}}}", segments)[1] == pytest.approx(1)
    assert scores_of(f"{{kind: orientation_field, direction: {angle + 90}}}", segments)[1] == pytest.approx(0)


def test_an_angle_of_45_degrees_goes_from_the_upper_left_to_the_lower_right() -> None:
    segments = drawn(np.eye(9, dtype=int))
    assert scores_of("{kind: orientation_field, direction: 45}", segments)[1] == pytest.approx(1)
    assert scores_of("{kind: orientation_field, direction: -45}", segments)[1] == pytest.approx(0)


@pytest.mark.parametrize("shape", ["pixel", "square", "plus"])
@pytest.mark.parametrize("direction", ["radial", "tangential", "17"])
def test_without_a_direction_is_half_way(shape: str, direction: str) -> None:
    labels = np.zeros((15, 900), int)
    if shape == "pixel":
        labels[4, 700] = 1
    elif shape == "square":
        labels[4:9, 700:705] = 1
    else:
        labels[4:9, 702] = labels[6, 700:705] = 1
    segments = drawn(labels)
    assert scores_of(f"{{kind: orientation_field, direction: {direction}}}", segments, GEOMETRY)[1] == pytest.approx(
        0.5
    )
    sharp = f"{{kind: orientation_field, direction: {direction}, kernel: box, scale: 44}}"
    assert scores_of(sharp, segments, GEOMETRY)[1] == 0


def test_at_the_center_there_is_no_radius() -> None:
    labels = np.zeros((9, 9), int)
    labels[4, 2:7] = 1
    found = scores_of("{kind: orientation_field, direction: radial}", drawn(labels), "geometry: {center: image}")
    assert found[1] == pytest.approx(0.5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(-180, 180))
def test_weighed_by_elongation_it_is_the_share_of_variance_along_the_direction(seed: int, angle: float) -> None:
    segments = random_segments(seed, pieces=20, shape=(24, 40), count=50)
    found = scores_of(f"{{kind: orientation_field, direction: {angle:f}, weigh_elongation: true}}", segments)
    axis = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    for m, mask in enumerate(masks(segments)):
        spread = np.cov(np.argwhere(mask).T, bias=True).reshape(2, 2) + np.eye(2) / 12
        assert found[m] == pytest.approx(axis @ spread @ axis / np.trace(spread), abs=1e-5)


@pytest.mark.parametrize("rest", ["", ", kernel: gaussian, scale: 30", ", kernel: linear, scale: 90"])
def test_farther_from_the_direction_is_worse(rest: str) -> None:
    segments = drawn(np.eye(9, dtype=int))
    term = f"{{{{kind: orientation_field, direction: {{}}{rest}}}}}"
    check_peak([scores_of(term.format(angle), segments)[1] for angle in range(-40, 131, 5)], best=17)
