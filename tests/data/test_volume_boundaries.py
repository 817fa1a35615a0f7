"""Superpixels between membranes, and of even colour, in three dimensions."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from skimage.measure import label

from experiments.drawings.tissue import draw_tissue
from experiments.drawings.volumes import DrawnVolume
from rlseg.data import Preparation
from rlseg.data.superpixels import BoundarySeeds, Brightness, MutexWatershed, relative_brightness
from rlseg.data.superpixels.boundary import merge_over_weakest
from rlseg.metrics import score_image, superpixel_ceiling
from rlseg.rewards import Objects


@cache
def drawn(distance: int = 3) -> DrawnVolume:
    return draw_tissue(1, distance, (48, 54, 60))


def brightness(volume: np.ndarray, distance: float) -> Brightness:
    return relative_brightness(volume.mean(axis=0).astype(np.float64), spacing=(distance, 1.0, 1.0))


def pieces(ids: np.ndarray) -> int:
    return int(label(ids, background=-1, connectivity=1).max())


@pytest.mark.parametrize("distance", [1, 3])
def test_cells_between_membranes_are_found(distance: int) -> None:
    volume, truth = drawn(distance).image, drawn(distance).truth
    ids = BoundarySeeds()(volume, brightness(volume, distance))
    assert ids.dtype == np.int32
    assert pieces(ids) == ids.max() + 1 == len(np.unique(ids))
    assert np.bincount(ids.ravel()).min() * distance >= 14**1.5
    assert score_image(superpixel_ceiling(ids, truth), truth).summary.ap50 > 0.65
    assert ids.max() < 8 * truth.max()


def test_a_volume_of_planes_that_are_alike_is_cut_as_one() -> None:
    plane = drawn(1).image[0, 20]
    ids = BoundarySeeds()(np.repeat(plane[None, None], 7, axis=1), brightness(np.repeat(plane[None, None], 7, 1), 1.0))
    flat = BoundarySeeds()(plane[None])
    assert (ids == ids[3]).mean() > 0.9
    assert score_image(superpixel_ceiling(ids[3], flat + 1), flat + 1).summary.ap50 > 0.6


def test_outlined_objects_of_a_volume_are_seen_by_their_lines() -> None:
    preparation = Preparation(volume=True, plane_distance=3, objects=Objects(width=15, look="outlined"))
    assert preparation.superpixels.usual.kind == "boundary_seeds"
    assert preparation.ways == ("lines",)
    sample = preparation(drawn().image)
    truth, (u, v) = drawn().truth, sample.edge_index
    cell = np.array([np.bincount(truth[sample.superpixels == n]).argmax() for n in range(sample.regions.num_nodes)])
    within = cell[u] == cell[v]
    # the search joins those first that have the largest guide: pieces of one cell
    assert np.median(sample.guide[within]) > np.quantile(sample.guide[~within], 0.9)
    assert sample.regions.proposals is not None
    # what rims close off is as bright as they are
    view = preparation.look(drawn().image)
    inside = (truth > 0) & (drawn().image[0] < 0.2)
    assert np.median(view.objects[inside]) > 1.5 * np.median(drawn().image[0][inside])
    assert np.isfinite(sample.edge_features).all()


@pytest.mark.parametrize("settings", [{"guide": "lines"}, {"proposals": {"look": "lines"}}])
def test_lines_can_be_asked_for(settings: dict[str, object]) -> None:
    for raw, more in ((drawn().image, {"volume": True, "plane_distance": 3.0}), (drawn().image[:, 8], {})):
        assert np.isfinite(Preparation.model_validate(settings | more)(raw).guide).all()


def slow_strengths(ids: np.ndarray, lines: np.ndarray, distance: float) -> dict[tuple[int, int], float]:
    """Mean of the lines over the area of the faces of each two that touch, face by face."""
    total: dict[tuple[int, int], list[float]] = {}
    for place in np.ndindex(ids.shape):
        for axis in range(3):
            other = tuple(x + (k == axis) for k, x in enumerate(place))
            if other[axis] < ids.shape[axis] and ids[place] != ids[other]:
                pair = (int(min(ids[place], ids[other])), int(max(ids[place], ids[other])))
                area = 1.0 if axis == 0 else distance
                sums = total.setdefault(pair, [0.0, 0.0])
                sums[0] += area * (lines[place] + lines[other]) / 2
                sums[1] += area
    return {pair: value / area for pair, (value, area) in total.items()}


@pytest.mark.parametrize("distance", [1.0, 3.0])
def test_a_small_superpixel_joins_over_the_weakest_faces(distance: float) -> None:
    rng = np.random.default_rng(3)
    ids = np.zeros((5, 7, 8), np.int32)
    ids[:, 4:], ids[:, :, 5:], ids[2:4, 3:5, 4:6] = 1, 2, 3
    lines = rng.random(ids.shape)
    strengths = slow_strengths(ids, lines, distance)
    weakest = min((value, sum(pair) - 3) for pair, value in strengths.items() if 3 in pair)[1]
    found = merge_over_weakest(ids, lines, 9, (distance, 1.0, 1.0))
    assert found.max() == 2
    assert (found[ids == 3] == found[ids == weakest][0]).all()


def slow_mutex(volume: np.ndarray, reach: tuple[int, int, int], tolerance: float) -> np.ndarray:
    """All pairs, the strongest first, over sets of voxels and sets of mutually exclusive clusters."""
    root = np.sqrt(volume[0].astype(np.float64))
    near = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    signs = [s for s in product((-1, 0, 1), repeat=3) if 0 < np.abs(s).sum() < 3 and s > (0, 0, 0)]

    def pairs(offsets: list[tuple[int, ...]]) -> list[tuple[float, tuple[int, ...], tuple[int, ...]]]:
        found = []
        for offset in offsets:
            for a in np.ndindex(root.shape):
                b = tuple(x + step for x, step in zip(a, offset, strict=True))
                if all(0 <= x < side for x, side in zip(b, root.shape, strict=True)):
                    found.append((abs(float(root[a] - root[b])), a, b))
        return found

    far = pairs([tuple(s * step for s, step in zip(sign, reach, strict=True)) for sign in signs])
    unit = tolerance * np.percentile([d for d, _, _ in far], 75)
    edges = [(d / unit, False, a, b) for d, a, b in far] + [(1 - d / unit, True, a, b) for d, a, b in pairs(near)]
    owner = {place: number for number, place in enumerate(np.ndindex(root.shape))}
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
    return np.array([owner[place] for place in np.ndindex(root.shape)]).reshape(root.shape)


@pytest.mark.parametrize(("distance", "reach"), [(1.0, (4, 4, 4)), (3.0, (1, 4, 4)), (20.0, (1, 4, 4))])
def test_mutex_watershed_against_its_definition(distance: float, reach: tuple[int, int, int]) -> None:
    volume = np.random.default_rng(2).random((1, 4, 5, 6)).astype(np.float32)
    got = MutexWatershed(sigma=0, reach=4, tolerance=0.6, min_size=1)(volume, brightness(volume, distance))
    expected = slow_mutex(volume, reach, 0.6)
    both = np.unique(np.stack([got.ravel(), expected.ravel()]), axis=1)
    assert both.shape[1] == got.max() + 1 == len(np.unique(expected))
    assert 1 < got.max() + 1 < got.size


def test_balls_of_even_colour_are_cut_out() -> None:
    z, r, c = np.indices((10, 40, 40)).astype(float)
    inside = [(3 * z - 14) ** 2 + (r - y) ** 2 + (c - x) ** 2 < 81 for y, x in ((12, 12), (27, 27))]
    volume = (0.1 + 0.5 * inside[0] + 0.8 * inside[1])[None].astype(np.float32)
    ids = MutexWatershed()(volume, brightness(volume, 3.0))
    for ball in inside:
        numbers = np.unique(ids[ball])
        assert np.bincount(ids[ball]).max() > 0.7 * ball.sum()
        assert np.bincount(ids[~ball], minlength=ids.max() + 1)[np.bincount(ids[ball]).argmax()] < 0.1 * ball.sum()
        assert len(numbers) < 12


@pytest.mark.parametrize("kind", [BoundarySeeds(), MutexWatershed()])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 6, 9), (5, 1, 4), (3, 4, 5)])
def test_volumes_of_any_shape(kind: BoundarySeeds | MutexWatershed, shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    for volume in (rng.random((2, *shape)).astype(np.float32), np.full((1, *shape), 0.7, np.float32)):
        ids = kind(volume, brightness(volume, 2.0))
        assert ids.shape == shape
        assert pieces(ids) == ids.max() + 1
        assert np.ptp(volume) > 0 or ids.max() == 0
