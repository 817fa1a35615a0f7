"""Curvature of volumes: eigenvalues against a library, and what planes apart mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from rlseg.data.filters import least_curvature
from rlseg.data.superpixels import ridge_map


def sheet(normal: tuple[float, float, float], distance: float, width: float = 1.5) -> np.ndarray:
    """A bright sheet through the middle of a volume of 36 x 36 x 36 px, planes `distance` px apart."""
    z, r, c = np.indices((round(36 / distance), 36, 36)).astype(float)
    direction = np.array(normal) / np.linalg.norm(normal)
    place = (z * distance - 18, r - 18, c - 18)
    return np.exp(-0.5 * (sum(n * x for n, x in zip(direction, place, strict=True)) / width) ** 2)


def test_smallest_eigenvalues_are_those_of_a_library() -> None:
    volume = ndimage.gaussian_filter(np.random.default_rng(0).random((14, 15, 16)), 1.0)
    hessian = np.empty((*volume.shape, 3, 3))
    for i in range(3):
        for j in range(3):
            order = [int(axis == i) + int(axis == j) for axis in range(3)]
            hessian[..., i, j] = ndimage.gaussian_filter(volume, 1.3, order=order)
    expected = 1.3**2 * np.linalg.eigvalsh(hessian)[..., 0]
    # the library's weights do not find quite the whole of a parabola
    np.testing.assert_allclose(least_curvature(volume, 1.3, (1.0,) * 3), expected, atol=0.01 * np.abs(expected).max())


@pytest.mark.parametrize("distance", [1.0, 2.0, 3.0, 9.0])
def test_a_slope_does_not_curve_and_neither_does_what_is_bright(distance: float) -> None:
    z, r, c = np.indices((12, 20, 20)).astype(float)
    found = least_curvature(0.9 + 0.1 * z + 0.02 * r - 0.03 * c, 1.2, (distance, 1.0, 1.0))
    assert np.abs(found[6, 5:-5, 5:-5]).max() < 1e-9


@pytest.mark.parametrize("normal", [(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, 1, 1), (2, -1, 1)])
def test_sheets_of_any_direction_are_found_whatever_the_distance_of_planes(normal: tuple[float, float, float]) -> None:
    along = [-least_curvature(sheet(normal, distance), 1.2, (distance, 1.0, 1.0)) for distance in (1.0, 2.0)]
    middles = [found[len(found) // 2, 18, 18] for found in along]
    assert middles[1] == pytest.approx(middles[0], rel=0.3)
    for found in along:
        assert found.max() < 1.1 * found[len(found) // 2, 18, 18]
        assert found[len(found) // 2, 18, 18] > 0.15


def test_lines_of_planes_that_are_alike_are_those_of_one() -> None:
    plane = sheet((0, 1, 2), 1.0)[0]
    volume = np.repeat(plane[None], 9, axis=0)
    for distance in (1.0, 3.0):
        np.testing.assert_allclose(ridge_map(volume, spacing=(distance, 1.0, 1.0))[4], ridge_map(plane), atol=0.01)
