"""A volume in tiles has the objects that it has as a whole."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nuclei import ROOT
from partitions import adjusted_rand

import rlseg.regions
from experiments.drawings.volumes import draw_volume
from rlseg.data import Preparation, Zoom
from rlseg.environment import Refinement, SegmentationEnvironment, segment
from rlseg.graph import FeatureSums, Sample, edge_features, measure_regions
from rlseg.prediction.tiling.context import measure_pixels
from rlseg.prediction.tiling.gathering import gather
from rlseg.prediction.tiling.judging import Judge
from rlseg.prediction.tiling.large import segment_large
from rlseg.prediction.tiling.tiles import VOLUME_HALO, Tiling
from rlseg.prediction.tiling.workers import Threads
from rlseg.rewards import Reward
from rlseg.rewards.language import load_reward

PREPARATION = Preparation.model_validate(
    {"volume": True, "plane_distance": 3, "superpixels": {"kind": "level_sets", "merge_cost": 1.0}}
)


class ByBrightness:
    """An agent that cuts where cracks are darker than objects, and between bulges: the guide of the search."""

    sees_pixels = False

    def __init__(self, names: list[str]) -> None:
        self.columns = [names.index(name) for name in ("brightness_on_cracks", "bulge_same")]

    def pixel_features(self, unit: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
        raise NotImplementedError

    def look(self, nodes: np.ndarray, edges: np.ndarray, edge_index: np.ndarray, pooled: Any) -> np.ndarray:
        return edges

    def actions(self, state: np.ndarray) -> np.ndarray:
        bright, same = state[:, self.columns].astype(np.float64).T
        return 1 / (1 + np.exp(8 * (bright - 2 * (1 - same) - 0.45)))

    def edge_values(self, state: Any, actions: np.ndarray, objects: Any) -> None:
        return None


def edge_names() -> list[str]:
    """What the features of an edge are called."""
    raw = np.random.default_rng(0).random((1, 3, 9, 9)).astype(np.float32)
    view = PREPARATION.look(raw)
    regions = measure_regions(view.unit.pixels, PREPARATION.cut(view))
    return edge_features(FeatureSums.of(regions, *PREPARATION.maps(view)))[1]


def best_overlaps(labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) largest intersection over union of each object 1..n with one of the others."""
    a, b = labels.ravel().astype(np.int64), others.ravel().astype(np.int64)
    keys, shared = np.unique(a * (b.max() + 1) + b, return_counts=True)
    u, v = keys // (b.max() + 1), keys % (b.max() + 1)
    best = np.zeros(a.max() + 1)
    iou = np.where(v > 0, shared / (np.bincount(a)[u] + np.bincount(b)[v] - shared), 0.0)
    np.maximum.at(best, u, iou)
    return best[1:]


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 300), st.integers(1, 300)),
    distance=st.sampled_from([0.3, 1.0, 2.7, 60.0]),
    side=st.sampled_from([64, 128]),
    voxels=st.sampled_from([2**14, 2**18]),
    zoom=st.sampled_from([Zoom(), Zoom(reduce=2), Zoom(reduce=3, planes=2), Zoom(enlarge=2)]),
)
def test_cores_cover_a_volume_once_and_tiles_are_small(
    shape: tuple[int, int, int], distance: float, side: int, voxels: int, zoom: Zoom
) -> None:
    tiling, spacing = Tiling(side=side, voxels=voxels), (distance, 1.0, 1.0)
    count = np.zeros(shape, np.uint8)
    tiles = tiling.grid(shape, spacing, [zoom])
    halo, reduced = VOLUME_HALO * zoom.factor, (zoom.planes, zoom.reduce, zoom.reduce)
    for tile in tiles:
        count[tile.core] += 1
        for axis, last in enumerate(tile.last):
            core, crop = tile.core[axis], tile.crop[axis]
            assert crop.start == 0 or (core.start - crop.start) * spacing[axis] >= halo
            assert crop.start % reduced[axis] == core.start % reduced[axis] == 0
            assert last or crop.stop == shape[axis] or (crop.stop - core.stop) * spacing[axis] >= halo
    assert (count == 1).all()
    most = voxels * zoom.room
    if not tiling.needed(shape, spacing, [zoom]):
        assert prod(shape) <= min(2 * most, max(2 * voxels, most))
    # as small as halos let them be
    least = prod(
        min(length, round((2 * halo + 3 * 16 * zoom.factor) / side) + 10 * n)
        for length, side, n in zip(shape, spacing, reduced, strict=True)
    )
    assert max(prod(part.stop - part.start for part in tile.crop) for tile in tiles) <= max(most, least)


@pytest.fixture(scope="module")
def raw() -> np.ndarray:
    return np.rint(255 * draw_volume(3, shape=(60, 80, 92)).image).astype(np.float32)


@pytest.fixture(scope="module")
def whole(raw: np.ndarray) -> Sample:
    return PREPARATION(raw)


TILING = Tiling(side=64, voxels=75_000)


def test_115_objects_of_tiles_are_those_of_the_whole(
    raw: np.ndarray, whole: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rlseg.regions, "SLAB", 30_000)
    tiles = TILING.grid(raw.shape[1:], spacing=(3.0, 1.0, 1.0))
    assert len(tiles) >= 4
    reward = Reward(load_reward(ROOT / "rewards" / "volume.yaml"))
    judge = Judge(SegmentationEnvironment(reward), Refinement(loss=0.3), 0.3)
    names = edge_names()
    found = segment_large(raw, PREPARATION, ByBrightness(names), judge, TILING, Threads(1), ask_critic=True)
    agent = ByBrightness(names)
    expected = segment(whole, agent.actions(whole.edge_features), judge.environment, judge.refinement, judge.min_score)
    objects = int(expected.labels.max())
    assert objects > 20
    assert abs(int(found.labels.max()) - objects) <= 1
    assert set(np.unique(found.labels)) == set(range(found.labels.max() + 1))
    # of the superpixels that a critic would be asked about all is there
    assert isinstance(found.superpixels, np.ndarray)
    assert set(np.unique(found.superpixels)) == set(found.edge_index.ravel())
    overlaps = best_overlaps(expected.labels, found.labels)
    assert overlaps.mean() > 0.95
    across = np.zeros(objects, bool)
    for axis in range(3):
        for start in {tile.core[axis].start for tile in tiles} - {0}:
            before, after = (np.unique(expected.labels.take(place, axis)) for place in (start - 1, start))
            both = np.intersect1d(before, after)
            across[both[both > 0] - 1] = True
    assert across.sum() > 5
    assert overlaps[across].min() > 0.75
    assert overlaps[across].mean() > 0.9


@pytest.mark.parametrize(("times", "distance", "voxels"), [(2.0, 4, 90_000), (0.5, 1, 80_000)])
def test_tiles_see_wide_and_narrow_objects_as_the_whole_shows_them(times: float, distance: int, voxels: int) -> None:
    shape = (40, 50, 62) if times > 1 else (60, 80, 92)
    raw = np.rint(255 * draw_volume(3, distance, shape, times).image).astype(np.float32)
    settings = {"volume": True, "plane_distance": distance, "superpixels": {"kind": "level_sets", "merge_cost": 1.0}}
    prepare = Preparation.model_validate(settings | {"objects": {"width": 15 * times}})
    assert not prepare.zooms()[0].same
    tiles = Tiling(side=64, voxels=voxels).grid(raw.shape[1:], prepare.spacing(), prepare.zooms())
    assert len(tiles) > 1
    limits = prepare.normalisation.limits(raw)
    whole = prepare.look(raw)
    found = gather(raw, tiles, prepare, measure_pixels(raw, tiles, prepare, limits), Threads(1))
    assert adjusted_rand(found.ids, prepare.cut(whole)) > 0.97
    regions = measure_regions(whole.unit.pixels, found.ids, spacing=prepare.spacing())
    sums = FeatureSums.of(regions, *prepare.maps(whole))
    np.testing.assert_array_equal(found.sums.edge_index, sums.edge_index)
    np.testing.assert_allclose(found.sums.edge_length, sums.edge_length)
    assert np.isclose(found.sums.node_sum, sums.node_sum, rtol=0.02, atol=0.5).mean() > 0.95
    for one, other in zip(found.relief.maps, (whole.level, *whole.relief()), strict=True):
        assert (np.abs(one[:] - other) < 0.02).mean() > 0.97
