"""Central moments, Hu's invariants and the moments of polygons against scikit-image and fine grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from skimage.draw import polygon2mask
from skimage.measure import moments_central, moments_hu, regionprops

from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.moments import hu_invariants
from rlseg.rewards.measure.polygon import first_crossing, polygon_area, polygon_moments
from rlseg.rewards.measure.segments import Segments

ORDERS = [(2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]
L_SHAPE = [[0, 0], [0, 3], [1, 3], [1, 1], [3, 1], [3, 0]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 30))
def test_moments_and_invariants_of_partitions(seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces, shape=(17, 29))
    hu = hu_invariants(segments.descriptor("area"), segments.central_moments)
    for m, mask in enumerate(masks(segments)):
        props = regionprops(mask.astype(np.uint8))[0]
        expected = [props.moments_central[order] for order in ORDERS]
        scale = mask.sum() * 29**3
        assert segments.central_moments[m] == pytest.approx(expected, abs=1e-12 * scale)
        assert hu[m] == pytest.approx(props.moments_hu, rel=1e-9, abs=1e-9 * (1 + props.moments_hu[0]) ** 4)


@pytest.mark.parametrize("place", [(0, 0), (1990, 7), (1234, 1987)])
def test_small_objects_far_from_the_origin_keep_their_digits(place: tuple[int, int]) -> None:
    """Third powers of the coordinates of a 2000 px image are 1e10; the moments of 9 px must survive it."""
    art = ["##...", "#....", "#####", "#...."]
    mask = np.array([list(row) for row in art]) == "#"
    image = np.zeros((2000, 2000), np.int32)
    image[place[0] : place[0] + 4, place[1] : place[1] + 5] = mask
    segments = Segments(measure_regions(np.zeros((1, 2000, 2000)), image), np.array([[0, 1]]))
    central = moments_central(mask.astype(float))
    assert segments.central_moments[1] == pytest.approx([central[order] for order in ORDERS], rel=1e-13, abs=1e-12)
    assert segments.covariance[1] * mask.sum() == pytest.approx([central[order] for order in ORDERS[:3]], rel=1e-14)


def test_symmetric_objects_have_no_third_moments() -> None:
    image = np.zeros((900, 900), np.int32)
    image[700:707, 800:811] = 1
    segments = Segments(measure_regions(np.zeros((1, 900, 900)), image), np.array([[0, 1]]))
    assert (segments.central_moments[1, [1, 3, 4, 5, 6]] == 0).all()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_invariants_are_those_of_scikit_image(seed: int) -> None:
    normal = np.random.default_rng(seed).normal(size=7)
    table = np.zeros((4, 4))
    for order, value in zip(ORDERS, normal, strict=True):
        table[order] = value
    assert hu_invariants(np.ones(1), normal[None])[0] == pytest.approx(moments_hu(table), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("points", [L_SHAPE, L_SHAPE[::-1], [[0, 0], [1, 4], [3, 1]], [[5, 5], [5, 9], [8, 9], [8, 5]]])
def test_moments_of_polygons_are_those_of_a_fine_grid(points: list[list[float]]) -> None:
    corners = np.array(points, float)
    fine = 150
    mask = polygon2mask((10 * fine, 10 * fine), corners * fine + 0.25).astype(float)
    central = moments_central(mask)
    area, found = polygon_moments(corners)
    assert area == polygon_area(corners) == pytest.approx(mask.sum() / fine**2, rel=5e-3)
    expected = [central[order] / fine ** (2 + sum(order)) for order in ORDERS]
    assert found == pytest.approx(expected, rel=5e-3, abs=5e-3 * area**2)


def test_moments_of_a_rectangle() -> None:
    area, central = polygon_moments(np.array([[1, 1], [1, 7], [3, 7], [3, 1]], float))
    assert area == 12
    assert central == pytest.approx([12 * 4 / 12, 0, 12 * 36 / 12, 0, 0, 0, 0], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), angle=st.floats(0, 6.3), size=st.floats(0.1, 50))
def test_invariants_of_polygons_do_not_change(seed: int, angle: float, size: float) -> None:
    rng = np.random.default_rng(seed)
    directions = np.sort(rng.random(8)) * 2 * np.pi
    points = rng.uniform(1, 3, 8)[:, None] * np.stack([np.cos(directions), np.sin(directions)], axis=1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    results = []
    for corners in (points, size * points @ turn + rng.normal(size=2) * 10, points[:, ::-1]):
        area, central = polygon_moments(corners)
        results.append(hu_invariants(np.array([area]), central[None])[0])
    assert results[1] == pytest.approx(results[0], rel=1e-5, abs=1e-8)
    assert results[2] == pytest.approx(results[0] * [1, 1, 1, 1, 1, 1, -1], rel=1e-5, abs=1e-8)


@pytest.mark.parametrize(
    ("points", "crossing"),
    [
        (L_SHAPE, None),
        ([[0, 0], [0, 1], [1, 0]], None),
        ([[0, 0], [1, 1], [0, 1], [1, 0]], (0, 2)),
        ([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]], (0, 2)),  # a corner on a side
        ([[0, 0], [0, 3], [3, 3], [3, 2], [-1, 2], [3, 0]], (0, 3)),
    ],
)
def test_crossings(points: list[list[float]], crossing: tuple[int, int] | None) -> None:
    assert first_crossing(np.array(points, float)) == crossing


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(4, 9))
def test_crossings_against_a_slow_reference(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).random((count, 2))

    def cross(i: int, j: int) -> bool:
        (a, b), (c, d) = ((points[k], points[(k + 1) % count]) for k in (i, j))
        s, t = np.linalg.solve(np.stack([b - a, c - d], axis=1), c - a)
        return 0 <= s <= 1 and 0 <= t <= 1

    pairs = [(i, j) for i in range(count) for j in range(i + 2, count) if (i, j) != (0, count - 1)]
    assert first_crossing(points) == next((pair for pair in pairs if cross(*pair)), None)
