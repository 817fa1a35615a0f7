"""Mutex watershed of colours against its definition, pair by pair, and on drawn discs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.drawings.circles import draw_circles
from rlseg.data.superpixels.mutex import MutexWatershed
from rlseg.metrics import score_image, superpixel_ceiling


def slow_mutex(image: np.ndarray, reach: int, tolerance: float) -> np.ndarray:
    """(H, W): all pairs, the strongest first, over sets of pixels and sets of mutually exclusive clusters."""
    height, width = image.shape[1:]
    pixel = np.sqrt(image.astype(np.float64))

    def pairs(directions: list[tuple[int, int]]) -> list[tuple[float, tuple[int, int], tuple[int, int]]]:
        found = []
        for down, right in directions:
            for r in range(height):
                for c in range(width):
                    y, x = r + down, c + right
                    if y < height and 0 <= x < width:
                        found.append((float(np.linalg.norm(pixel[:, r, c] - pixel[:, y, x])), (r, c), (y, x)))
        return found

    far = pairs([(reach, 0), (0, reach), (reach, reach), (reach, -reach)])
    if not any(d for d, _, _ in far):
        return np.zeros((height, width), int)
    unit = tolerance * np.percentile([d for d, _, _ in far], 75)
    edges = [(d / unit, False, a, b) for d, a, b in far]
    edges += [(1 - d / unit, True, a, b) for d, a, b in pairs([(1, 0), (0, 1)])]
    owner = {(r, c): r * width + c for r in range(height) for c in range(width)}
    apart: set[frozenset[int]] = set()
    for _, attractive, a, b in sorted(edges, key=lambda edge: -edge[0]):
        u, v = owner[a], owner[b]
        if u == v or frozenset((u, v)) in apart:
            continue
        if not attractive:
            apart.add(frozenset((u, v)))
            continue
        owner = {at: u if mine == v else mine for at, mine in owner.items()}
        apart = {frozenset(u if x == v else x for x in both) for both in apart}
    return np.array([[owner[r, c] for c in range(width)] for r in range(height)])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    channels=st.sampled_from([1, 3]),
    reach=st.integers(2, 5),
    tolerance=st.sampled_from([0.3, 1.0, 3.0]),
)
def test_against_the_definition(
    seed: int, height: int, width: int, channels: int, reach: int, tolerance: float
) -> None:
    image = np.random.default_rng(seed).random((channels, height, width)).astype(np.float32)
    got = MutexWatershed(sigma=0, reach=reach, tolerance=tolerance, min_size=1)(image)
    expected = slow_mutex(image, reach, tolerance)
    both = np.unique(np.stack([got.ravel(), expected.ravel()]), axis=1)
    assert both.shape[1] == got.max() + 1 == len(np.unique(expected))


def test_colours_of_equal_brightness_are_told_apart() -> None:
    image = np.zeros((3, 20, 30), np.float32)
    image[0, :, :15] = image[1, :, 15:] = 1.0
    ids = MutexWatershed(sigma=0.3)(image)
    assert ids.max() == 1
    assert (ids[:, :15] == ids[0, 0]).all()


def test_dim_things_on_flat_ground_are_cut_out() -> None:
    image = np.full((1, 60, 60), 0.2, np.float32)
    image[0, 5:15, 5:15] = 1.0
    image[0, 30:40, 30:40] = 0.3
    ids = MutexWatershed()(image)
    assert ids.max() == 2
    assert (ids[30:40, 30:40] == ids[35, 35]).all()
    assert (ids == ids[35, 35]).sum() == 100


def test_a_larger_tolerance_gives_fewer_superpixels() -> None:
    image = draw_circles(0, size=96, count=(2, 3)).image
    counts = [int(MutexWatershed(tolerance=value)(image).max()) for value in (0.8, 1.2, 2.0, 4.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


@pytest.mark.parametrize("seed", range(3))
def test_discs_on_stripes_can_be_put_together(seed: int) -> None:
    drawn = draw_circles(seed)
    ids = MutexWatershed()(drawn.image)
    assert score_image(superpixel_ceiling(ids, drawn.truth), drawn.truth).summary.mean_ap > 0.8
    assert ids.max() < 750
