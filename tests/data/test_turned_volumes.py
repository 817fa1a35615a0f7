"""Turned and mirrored volumes are what measuring the turned volume would give; cubes in all 48 ways."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from partitions import DIHEDRAL

from rlseg.data import Preparation
from rlseg.data.augment import drawn_move, symmetries, transform_regions, transform_sample
from rlseg.data.superpixels import LevelSets
from rlseg.environment import SegmentationEnvironment
from rlseg.errors import RlsegError
from rlseg.graph import FeatureSums, edge_features, measure_regions, node_features
from rlseg.regions import RegionStatistics
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward
from rlseg.rewards.measure import VOLUME_DESCRIPTORS, Segments
from rlseg.training.landmarks import refuse_turning

MOVES = [(turns, flip, tilt) for tilt, (turns, flip) in product(range(6), DIHEDRAL)]
TABLES = ("superpixels", "box", "moments", "border", "area", "edge_index", "edge_length", "edge_beyond", "edge_jump")


def slow_turn(array: np.ndarray, turns: int, flip: bool, tilt: int) -> np.ndarray:
    """(..., Z, H, W): z towards y by so many quarter turns, or towards x by one or three; then as an image."""
    for _ in range(min(tilt, 3) if tilt < 4 else {4: 1, 5: 3}[tilt]):
        along = -2 if tilt < 4 else -1
        array = np.flip(np.swapaxes(array, -3, along), -3)  # a quarter turn is an exchange and a mirror
    array = np.rot90(array, turns, axes=(-2, -1))
    return np.ascontiguousarray(array[..., ::-1] if flip else array)


def scene(shape: tuple[int, int, int] = (9, 11, 13), distance: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """(2, Z, H, W) noise and (Z, H, W) superpixels."""
    rng = np.random.default_rng(0)
    places, middles = np.stack(np.indices(shape), -1), rng.uniform(0, shape, (15, 3))
    far = np.linalg.norm((places[..., None, :] - middles) * (distance, 1, 1), axis=-1)
    ids = np.unique(far.argmin(-1), return_inverse=True)[1].reshape(shape).astype(np.int32)
    return rng.random((2, *shape)), ids


def regions_of(image: np.ndarray, ids: np.ndarray, spacing: tuple[float, ...]) -> RegionStatistics:
    size = tuple(0.5 * side for side in spacing)
    return measure_regions(image, ids, level_channel=1, spacing=spacing, pixel_size=size)


def test_there_are_48_and_each_is_another_one() -> None:
    image, ids = scene((3, 3, 3))
    before = regions_of(image, ids, (1.0, 1.0, 1.0))
    assert symmetries(before) == 48
    assert len({slow_turn(image, *move).tobytes() for move in MOVES}) == 48
    assert len({transform_regions(before, *move).moments.tobytes() for move in MOVES}) == 48


@pytest.mark.parametrize("move", MOVES)
def test_cubes_are_measured_the_same_in_every_way(move: tuple[int, bool, int]) -> None:
    image, ids = scene()
    before, moved_ids = regions_of(image, ids, (1.015, 1.0, 1.0)), slow_turn(ids, *move)
    got = transform_regions(before, *move)
    # the distance of the planes goes where their axis goes
    assert sorted(got.spacing) == [1.0, 1.0, 1.015]
    assert got.spacing[got.superpixels.shape.index(9)] == 1.015
    expected = regions_of(slow_turn(image, *move), moved_ids, got.spacing)
    assert got.pixel_size == expected.pixel_size
    for name in TABLES:
        np.testing.assert_allclose(getattr(got, name), getattr(expected, name), atol=1e-9, err_msg=name)
    nodes = np.arange(before.num_nodes)[None]
    for name in sorted(set(VOLUME_DESCRIPTORS) - {"stability"}):
        one, other = (Segments(regions, nodes).descriptor(name) for regions in (got, replace(expected)))
        # the points that share out the directions of surfaces are as good as even
        rough = 1e-3 if name in ("sphericity", "surface_area") else 1e-7
        np.testing.assert_allclose(one, other, rtol=rough, atol=1e-6, err_msg=name)


def prepared(distance: float = 1.0) -> tuple[Preparation, np.ndarray]:
    z, r, c = np.indices((14, 20, 24)).astype(float)
    balls = [(distance * z - 6) ** 2 + (r - 9) ** 2 + (c - x) ** 2 < 30 for x in (6, 15)]
    raw = 0.1 + 0.6 * (balls[0] | balls[1]) + np.random.default_rng(1).normal(0, 0.02, z.shape)
    return Preparation(volume=True, plane_distance=distance, superpixels=LevelSets(merge_cost=0.3)), raw[None].astype(
        "f4"
    )


@pytest.mark.parametrize("move", MOVES[1::5])
def test_preparing_the_turned_volume_is_about_the_same(move: tuple[int, bool, int]) -> None:
    """Only the local background, sampled on a coarse grid, knows directions."""
    prepare, raw = prepared()
    truth = (raw[0] > 0.4).astype(np.int32)
    sample = prepare(raw, "x", truth)
    moved = transform_sample(sample, *move)
    anew = prepare(slow_turn(raw, *move), "x", slow_turn(truth, *move), slow_turn(sample.superpixels, *move))
    for name in ("image", "truth", "superpixels", "edge_index"):
        np.testing.assert_array_equal(getattr(moved, name), getattr(anew, name), err_msg=name)
    for name in ("level", "above", "below"):
        np.testing.assert_array_equal(getattr(moved, name), slow_turn(getattr(sample, name), *move))
    assert np.abs(moved.level - anew.level).mean() < 0.02
    for k, edges in moved.subgraphs.items():
        np.testing.assert_array_equal(edges, anew.subgraphs[k])
    # what features are made of does not know directions: of the turned maps they are the same
    maps, groups = prepare.maps(prepare.look(raw))
    maps, groups = ({name: slow_turn(values, *move) for name, values in some.items()} for some in (maps, groups))
    sums = FeatureSums.of(moved.regions, maps, groups)
    nodes, edges = node_features(sums, 1.0, (1.0,) * 3)[0], edge_features(sums, 1.0, (1.0,) * 3)[0]
    np.testing.assert_allclose(moved.node_features[:, : nodes.shape[1]], nodes, atol=1e-5)
    np.testing.assert_allclose(moved.edge_features[:, : edges.shape[1]], edges, atol=1e-5)


@pytest.mark.parametrize(("distance", "ways"), [(1.0, 48), (1.015, 48), (1.03, 8), (3.0, 8)])
def test_only_cubes_are_tilted(distance: float, ways: int) -> None:
    prepare, raw = prepared(distance)
    sample = prepare(raw)
    assert symmetries(sample.regions) == ways
    seen = {drawn_move(sample, np.random.default_rng((0, 1, k))).image.tobytes() for k in range(12 * ways)}
    assert len(seen) == ways


def test_others_are_drawn_as_ever() -> None:
    """A draw of 8 is four turns, then the same mirrored: a training begun before goes on alike."""
    image = Preparation()(prepared()[1][:, 7])
    for sample in (image, prepared(3.0)[0](prepared(3.0)[1])):
        for k in range(20):
            draw = int(np.random.default_rng((0, 1, k)).integers(8))
            expected = slow_turn(sample.image, draw % 4, draw >= 4, 0)
            np.testing.assert_array_equal(drawn_move(sample, np.random.default_rng((0, 1, k))).image, expected)


DEEP = """
version: 1
name: deep
dimensions: 3
units: {length: px}
rewards:
  foreground: {terms: {depth: {kind: descriptor, property: centroid_plane, expected: 0, scale: 4, kernel: linear}}}
"""


def test_a_reward_that_knows_planes_is_refused_where_they_are_turned() -> None:
    environment = SegmentationEnvironment(Reward(parse_reward(DEEP)))
    prepare, raw = prepared(3.0)
    refuse_turning(prepare(raw), environment)
    prepare, raw = prepared()
    with pytest.raises(RlsegError, match="knows places or directions"):
        refuse_turning(prepare(raw), environment)
