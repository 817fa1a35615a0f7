"""Segments continued beyond the border of the image, against discs drawn point by point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments, turned
from scenes import ODD, drawn, odd
from skimage.measure import perimeter, perimeter_crofton

from rlseg.rewards.measure import CONTINUED, DESCRIPTORS
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.properties import Measurements, Units

POINTS = 400


def lines(mask: np.ndarray) -> list[tuple[np.ndarray, tuple[float, float], tuple[int, int], tuple[int, int]]]:
    """Of each side: the places of the mask's pixels there, a corner of the image, the ways along and out of it."""
    height, width = mask.shape
    return [
        (np.flatnonzero(mask[0]), (-0.5, 0), (0, 1), (-1, 0)),
        (np.flatnonzero(mask[-1]), (height - 0.5, 0), (0, 1), (1, 0)),
        (np.flatnonzero(mask[:, 0]), (0, -0.5), (1, 0), (0, -1)),
        (np.flatnonzero(mask[:, -1]), (0, width - 0.5), (1, 0), (0, 1)),
    ]


def slow(mask: np.ndarray) -> dict[str, float]:
    """All descriptors that differ, of a (H, W) mask and a half disc of points on each line at the border."""
    points, weights, lengths = [np.argwhere(mask).astype(float)], [np.ones(mask.sum())], []
    spread = np.eye(2) / 12 * mask.sum()  # of the pixels as squares
    for places, corner, along, out in lines(mask):
        if len(places) == 0:
            continue
        radius = len(places) / 2
        lengths.append(len(places))
        steps = (np.arange(POINTS) + 0.5) / POINTS
        u, v = (grid.ravel() for grid in np.meshgrid((2 * steps - 1) * radius, steps * radius))
        inside = np.hypot(u, v) < radius
        u, v = u[inside] + places.mean(), v[inside]
        points.append(np.array(corner) + u[:, None] * np.array(along) + v[:, None] * np.array(out))
        weights.append(np.full(len(u), 2 * radius**2 / POINTS**2))
    place, weight = np.concatenate(points), np.concatenate(weights)
    area = weight.sum()
    apart = place - (weight[:, None] * place).sum(axis=0) / area
    spread = (spread + (weight[:, None] * apart).T @ apart) / area
    small, large = np.linalg.eigvalsh(spread)
    # of pixels as points; a disc on one pixel is narrower than the pixel, which is a line of points
    small_point, large_point = max(small - 1 / 12, 0.0), large - 1 / 12
    small = small_point + 1 / 12
    more = sum((math.pi / 2 - 1) * length for length in lengths)
    outline = perimeter(mask, neighborhood=4) + more
    box = math.sqrt(12 * large)
    return {
        "area": area,
        "axis_major_length": 4 * math.sqrt(large_point),
        "axis_minor_length": 4 * math.sqrt(small_point),
        "box_length": box,
        "box_width": area / box,
        "circularity": min(4 * math.pi * area / outline**2, 1.0) if outline else 1.0,
        "eccentricity": math.sqrt(1 - small_point / large_point) if large_point > 0 else 0.0,
        "ellipse_fill": area / (4 * math.pi * math.sqrt(small * large)),
        "equivalent_diameter_area": math.sqrt(4 * area / math.pi),
        "perimeter": outline,
        "perimeter_crofton": perimeter_crofton(np.pad(mask, 1), 4) + more,
    }


def continued(segments: Segments, name: str) -> np.ndarray:
    """(M,) a descriptor of all segments as the terms see it."""
    return Measurements(segments, Units(length="px", intensity="unit"), continued=True).value(name)


def check(segments: Segments) -> None:
    for m, mask in enumerate(masks(segments)):
        expected = slow(mask)
        assert set(expected) == CONTINUED
        for name, value in expected.items():
            # roundish shapes: an eccentricity near 0 hangs on the last digits of the points
            close = pytest.approx(value, rel=4e-3, abs=0.03 if name == "eccentricity" else 0.02)
            assert continued(segments, name)[m] == close, (m, name)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(3, 25))
def test_against_discs_of_points(seed: int, pieces: int) -> None:
    segments = random_segments(seed, partitions=2, pieces=pieces, shape=(17, 24), count=40)
    assert (segments.total(segments.regions.border) > 0).any()
    check(segments)


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_lies_inside_and_what_is_no_size_stays_as_it_is_to_the_last_bit(seed: int) -> None:
    segments = random_segments(seed, pieces=60, count=60)
    inside = segments.total(segments.regions.border) == 0
    assert inside.any()
    assert not inside.all()
    for name in DESCRIPTORS:
        seen, other = segments.descriptor(name), continued(segments, name)
        np.testing.assert_array_equal(other[inside], seen[inside], err_msg=name)
        if name in CONTINUED:
            assert (other[~inside] != seen[~inside]).any(), name
        else:
            np.testing.assert_array_equal(other, seen, err_msg=name)


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_the_same_on_all_four_sides(quarter_turns: int, flip: bool) -> None:
    labels = np.zeros((30, 41), int)
    rows, columns = np.indices(labels.shape)
    for number, (row, column) in enumerate([(-2, 9), (3, 30), (14, -1), (31, 39), (15, 20)], start=1):
        labels[(rows - row) ** 2 + 1.4 * (columns - column) ** 2 < 49] = number
    plain, other = drawn(labels), drawn(turned(labels, quarter_turns, flip))
    for name in CONTINUED:
        found = continued(other, name)
        np.testing.assert_allclose(found, continued(plain, name), rtol=1e-9, err_msg=name)


def test_only_these_can_be_continued() -> None:
    segments = drawn(ODD["at the border"])
    border = segments.total(segments.regions.border) > 0
    np.testing.assert_array_equal(segments.continued.ids, np.flatnonzero(border))
    with pytest.raises(KeyError, match="solidity"):
        segments.continued.descriptor("solidity")


def disc(hidden: float, radius: float = 9.0) -> Segments:
    """A disc, segment 1, of whose height so much lies above the image."""
    rows, columns = np.indices((30, 40)) + 0.5
    return drawn(((rows - radius + hidden) ** 2 + (columns - 20) ** 2 < radius**2).astype(int))


def test_half_a_disc_becomes_the_whole_and_a_sliver_does_not() -> None:
    whole = disc(0)
    half, sliver = disc(9), disc(16)
    for name, tolerance in (("axis_minor_length", 0.3), ("eccentricity", 0.2), ("perimeter", 2), ("area", 4)):
        expected = whole.descriptor(name)[1]
        assert continued(half, name)[1] == pytest.approx(expected, abs=tolerance), name
        assert abs(half.descriptor(name)[1] - expected) > 3 * tolerance, name
    areas = [continued(disc(hidden), "area")[1] for hidden in range(9, 18)]
    assert (np.diff(areas) < 0).all()
    assert continued(sliver, "axis_minor_length")[1] < 0.7 * whole.descriptor("axis_minor_length")[1]
