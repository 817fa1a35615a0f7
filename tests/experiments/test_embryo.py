"""Synthetic embryos: the cells are where the truth says, and the picture resembles the real one."""

from __future__ import annotations

import numpy as np
import pytest
from nuclei import TRAIN
from partitions import connected

from experiments.drawings.embryo import EmbryoImage, draw_embryo
from experiments.drawings.embryo_outlines import LEVELS, TURN, Fold, draw_walls, locate
from rlseg.io.read import read_image

REAL = TRAIN.parents[1] / "embryo" / "images" / "embryo.png"


def distance(drawn: EmbryoImage) -> np.ndarray:
    """Of each pixel from the centre of the ring."""
    rows, columns = np.indices(drawn.truth.shape, dtype=float)
    return np.hypot(rows - drawn.center[0], columns - drawn.center[1])


@pytest.mark.parametrize(("seed", "fold"), [(0, 0.0), (1, 0.0), (2, 1.0), (3, 1.0)])
def test_a_ring_of_whole_cells_around_a_yolk(seed: int, fold: float) -> None:
    drawn = draw_embryo(seed, fold=fold)
    assert drawn.image.shape == (1, *drawn.truth.shape) == (1, 374, 346)
    assert drawn.image.dtype == np.float32
    assert drawn.image.min() >= 0
    assert drawn.image.max() <= 1
    assert drawn.truth.dtype == np.int32
    count = int(drawn.truth.max())
    assert 70 <= count <= 95
    assert np.hypot(drawn.center[0] - 194, drawn.center[1] - 168) < 16
    assert 80 <= drawn.ring[0] <= 92
    assert 146 <= drawn.ring[1] <= 156
    # two backgrounds, which the ring keeps apart, and every cell in one piece
    background = np.where(drawn.truth == 0, 0, -1)
    radius = distance(drawn)
    background[(drawn.truth == 0) & (radius > (drawn.ring[0] + drawn.ring[1]) / 2)] = 1
    assert connected(np.where(drawn.truth > 0, drawn.truth + 1, background))
    # a median of contours that vary by a few percent
    inside = (radius > 1.12 * drawn.ring[0]) & (radius < 0.9 * drawn.ring[1])
    assert (drawn.truth[inside] > 0).all()
    assert (drawn.truth[radius > 1.08 * drawn.ring[1]] == 0).all()


def test_cells_are_long_and_point_at_the_centre() -> None:
    drawn = draw_embryo(4, fold=0.0)
    radius = distance(drawn)
    length, width = [], []
    for n in range(1, int(drawn.truth.max()) + 1):
        mine = drawn.truth == n
        length.append(np.ptp(radius[mine]))
        width.append(mine.sum() / np.ptp(radius[mine]))
    assert np.median(length) == pytest.approx(drawn.ring[1] - drawn.ring[0], rel=0.1)
    expected = TURN / 2 * sum(drawn.ring) / drawn.truth.max()
    assert np.median(width) == pytest.approx(expected, rel=0.15)


def test_membranes_are_brighter_than_cells_but_not_everywhere() -> None:
    drawn = draw_embryo(5, fold=0.0)
    cell = drawn.truth
    wall = (cell[1:-1, :-2] != cell[1:-1, 2:]) | (cell[:-2, 1:-1] != cell[2:, 1:-1])
    radius = distance(drawn)[1:-1, 1:-1]
    ring = (radius > 1.15 * drawn.ring[0]) & (radius < 0.9 * drawn.ring[1])
    grey = drawn.image[0, 1:-1, 1:-1]
    inside = np.median(grey[ring & ~wall])
    assert np.median(grey[ring & wall]) > 1.3 * inside
    assert (grey[ring & wall] < inside).mean() > 0.02


def test_grey_values_are_those_of_the_real_image() -> None:
    percentiles = [5, 25, 50, 75, 95]
    real = np.percentile(read_image(REAL).pixels, percentiles)
    drawn = np.percentile([draw_embryo(seed).image * 255 for seed in range(4)], percentiles)
    assert np.abs(drawn - real).max() < 12


def test_the_seed_decides() -> None:
    one, same, other = draw_embryo(5), draw_embryo(5), draw_embryo(6)
    np.testing.assert_array_equal(one.image, same.image)
    np.testing.assert_array_equal(one.truth, same.truth)
    assert not np.array_equal(one.truth, other.truth)


def test_settings() -> None:
    drawn = draw_embryo(0, shape=(200, 210), center=(20.0, 30.0), count=(80, 80))
    assert drawn.truth.shape == (200, 210)
    assert 0 < drawn.truth.max() < 80  # most cells lie outside of the image
    assert np.hypot(drawn.center[0] - 20, drawn.center[1] - 30) < 16
    assert draw_embryo(0, count=(75, 75)).truth.max() == 75


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_walls_keep_their_order_and_points_lie_between_theirs(seed: int, folded: bool) -> None:
    rng = np.random.default_rng(seed)
    walls = draw_walls(rng, 80, Fold.draw(rng) if folded else None)
    assert walls.shape == (LEVELS, 80)
    assert (np.diff(walls, axis=1) >= 0).all()
    assert (walls[:, -1] - walls[:, 0] <= TURN + 1e-9).all()
    depth = rng.random(500)
    level = np.rint(depth * (LEVELS - 1)).astype(int)
    angle = rng.uniform(-10, 10, 500)
    cell, near, far = locate(walls, angle, level / (LEVELS - 1))
    for p in range(500):
        row = np.sort(walls[level[p]] % TURN)
        here = angle[p] % TURN
        nearest = min(min(abs(here - w), TURN - abs(here - w)) for w in row)
        assert min(near[p], far[p]) == pytest.approx(nearest, abs=1e-6)
        assert walls[level[p], cell[p]] % TURN == pytest.approx((angle[p] + far[p]) % TURN, abs=1e-6)


def test_a_fold_narrows_the_cells_at_the_surface() -> None:
    fold = Fold(angle=1.0, width=0.7, pinch=0.1, inner=20.0, outer=10.0)
    angle = np.linspace(-3, 3, 601)
    deep, surface = (fold.bend(angle, np.full(601, d)) for d in (0.0, 1.0))
    np.testing.assert_array_equal(deep, angle)
    assert (np.diff(surface) > 0).all()
    assert np.gradient(surface, angle)[400] == pytest.approx(0.1, abs=0.01)  # the middle of the fold
    np.testing.assert_array_equal(surface[np.abs(angle - 1) > 0.7], angle[np.abs(angle - 1) > 0.7])
