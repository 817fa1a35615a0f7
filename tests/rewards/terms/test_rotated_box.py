"""`rotated_box` against boxes measured on masks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from scenes import ODD, check_peak, drawn, growing, odd, scores_of
from skimage.transform import rotate
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

GEOMETRY = "geometry: {center: [12.3, 31.7]}"
TWO = (
    "{kind: rotated_box, weights: {size: 3, orientation: 1}, templates: ["
    "{radii: [2, 5], scale: [1.5, 4], orientation: radial},"
    "{radii: [3, 4], scale: 2, orientation: any, sector: [-30, 100]},"
    "{radii: [1, 6], scale: 3, orientation: 20}]}"
)


test_range_names_and_place = properties_of(
    "{kind: rotated_box, templates: [{radii: [4, 7], scale: [2, 4], orientation: radial}]}",
    "{kind: rotated_box, kernel: linear, templates: [{radii: [4, 7], scale: 9, sector: [-50, 120]}]}",
)


def slow_box(mask: np.ndarray) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Half width, half length, axis and centroid."""
    places = np.argwhere(mask).astype(float)
    values, axes = np.linalg.eigh(np.cov(places.T, bias=True).reshape(2, 2) + np.eye(2) / 12)
    length = math.sqrt(12 * values[1])
    return mask.sum() / length / 2, length / 2, axes[:, 1], places.mean(axis=0)


def gauss(value: float, expected: float, scale: float) -> float:
    return math.exp(-(((value - expected) / scale) ** 2) / 2)


def check(segments: Segments) -> None:
    found = scores_of(TWO, segments, GEOMETRY)
    for m, mask in enumerate(masks(segments)):
        half_width, half_length, axis, centroid = slow_box(mask)
        row, column = centroid - [12.3, 31.7]
        radial = (axis @ [row, column]) ** 2 / (row**2 + column**2)
        fixed = (axis @ [math.cos(math.radians(20)), math.sin(math.radians(20))]) ** 2
        spread = np.linalg.eigvalsh(np.cov(np.argwhere(mask).T, bias=True).reshape(2, 2))
        if np.ptp(spread) < 1e-6:  # without an axis: half way
            radial = fixed = 0.5
        sizes = [
            gauss(half_width, 2, 1.5) * gauss(half_length, 5, 4),
            gauss(half_width, 3, 2) * gauss(half_length, 4, 2),
            gauss(half_width, 1, 3) * gauss(half_length, 6, 3),
        ]
        inside = -30 <= math.degrees(math.atan2(column, row)) <= 100
        scores = [(3 * size + turn) / 4 for size, turn in zip(sizes, (radial, 1, fixed), strict=True)]
        scores[1] *= inside
        assert found[m] == pytest.approx(max(scores), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_best_template_against_masks(seed: int) -> None:
    check(random_segments(seed, pieces=20, shape=(24, 40), count=50))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 131])
def test_a_drawn_box_has_its_sides_whichever_way_it_lies(angle: int) -> None:
    image = np.zeros((100, 100))
    image[30:70, 45:55] = 1
    segments = drawn((rotate(image, angle, order=1) > 0.5).astype(int))
    assert segments.descriptor("box_length")[1] == pytest.approx(40, rel=0.07)
    assert segments.descriptor("box_width")[1] == pytest.approx(10, rel=0.07)
    found = scores_of(
        f"{{kind: rotated_box, templates: [{{radii: [5, 20], scale: 1, orientation: {angle}}}]}}", segments
    )
    assert found[1] > 0.95


@pytest.mark.parametrize("sides", [(1, 1), (1, 7), (6, 3), (12, 12)])
def test_boxes_of_upright_rectangles_are_exact(sides: tuple[int, int]) -> None:
    labels = np.zeros((20, 20), int)
    labels[3 : 3 + sides[0], 4 : 4 + sides[1]] = 1
    segments = drawn(labels)
    assert segments.descriptor("box_length")[1] == pytest.approx(max(sides))
    assert segments.descriptor("box_width")[1] == pytest.approx(min(sides))
    templates = f"[{{radii: [{min(sides) / 2}, {max(sides) / 2}]}}]"
    assert scores_of(f"{{kind: rotated_box, kernel: ratio, templates: {templates}}}", segments)[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("sector", "inside"),
    [
        ("[-45, 45]", "down"),
        ("[45, 135]", "right"),
        ("[135, 225]", "up"),
        ("[225, 315]", "left"),
        ("[315, 405]", "down"),
    ],
)
def test_sectors_turn_counter_clockwise_from_below(sector: str, inside: str) -> None:
    labels = np.zeros((21, 21), int)
    places = {"down": (17, 10), "right": (10, 17), "up": (3, 10), "left": (10, 3)}
    for number, place in enumerate(places.values(), start=1):
        labels[place] = number
    term = f"{{kind: rotated_box, templates: [{{radii: [0.5, 0.5], scale: 1, sector: {sector}}}]}}"
    found = scores_of(term, drawn(labels), "geometry: {center: image}")
    assert dict(zip(places, found[1:] > 0, strict=True)) == {name: name == inside for name in places}


def test_size_and_orientation_are_weighted() -> None:
    labels = np.zeros((20, 20), int)
    labels[2:12, 5:7] = 1
    across = (
        "{{kind: rotated_box, weights: {{size: {}, orientation: {}}}, "
        "templates: [{{radii: [1, 5], scale: 1, orientation: 90}}]}}"
    )
    assert scores_of(across.format(0.8, 0.2), drawn(labels))[1] == pytest.approx(0.8)
    assert scores_of(across.format(1, 3), drawn(labels))[1] == pytest.approx(0.25)


def test_um_is_the_same_reward_in_other_words() -> None:
    segments = random_segments(3)
    px = "{kind: rotated_box, templates: [{radii: [3, 6], scale: [2, 4], orientation: radial}]}"
    um = "{kind: rotated_box, templates: [{radii: [1.5, 3], scale: [1, 2], orientation: radial}]}"
    np.testing.assert_allclose(
        scores_of(px, segments, "geometry: {center: [10, 20]}"),
        scores_of(um, segments, "geometry: {center: [5, 10]}", length="um", pixel_size=0.5),
    )


@pytest.mark.parametrize("template", ["scale: 5", "scale: [4, 20]", "scale: [4, 20], orientation: 90"])
def test_other_sizes_than_expected_are_worse(template: str) -> None:
    term = f"{{kind: rotated_box, templates: [{{radii: [4, 10], {template}}}]}}"
    check_peak([scores_of(term, s)[1] for s in growing([(8, n) for n in range(10, 40, 2)])], best=5)
    check_peak([scores_of(term, s)[1] for s in growing([(n, 20) for n in range(2, 18)])], best=6)


def test_other_directions_than_expected_are_worse() -> None:
    box = growing([(8, 20)])[0]
    term = "{{kind: rotated_box, templates: [{{radii: [4, 10], scale: 5, orientation: {}}}]}}"
    check_peak([scores_of(term.format(angle), box)[1] for angle in range(10, 171, 10)], best=8)
