"""The graph of a volume against loops over its voxels."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import rlseg.regions
from rlseg.data.normalise import Normalisation
from rlseg.graph import FeatureSums, edge_features, intersect_with_truth, measure_regions, node_features, pieces_of
from rlseg.graph.pieces import pieces_of_equals
from rlseg.regions import RegionStatistics

SHAPE, SPACING = (4, 5, 6), (2.5, 1.0, 1.0)
# the face across an axis is as large as the other two sides
FACES = (1.0, 2.5, 2.5)


def random_volume(seed: int, shape: tuple[int, ...] = SHAPE) -> tuple[np.ndarray, np.ndarray]:
    """(2, Z, H, W) intensities and (Z, H, W) superpixels 0..N-1, not all of which hang together."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 7, shape)
    return rng.random((2, *shape)), np.unique(ids, return_inverse=True)[1].reshape(shape).astype(np.int32)


def slow_faces(ids: np.ndarray) -> list[tuple[tuple[int, ...], tuple[int, ...], int]]:
    """Two voxels of different superpixels, that with the smaller id first, and the axis across which they touch."""
    found = []
    for place in np.ndindex(*ids.shape):
        for axis in range(3):
            other = tuple(p + (k == axis) for k, p in enumerate(place))
            if other[axis] < ids.shape[axis] and ids[place] != ids[other]:
                pair = (place, other) if ids[place] < ids[other] else (other, place)
                found.append((*pair, axis))
    return found


@pytest.mark.parametrize("slab", [1, 60, 2**22], ids=["planes", "pairs of planes", "whole"])
@pytest.mark.parametrize("shape", [SHAPE, (1, 5, 6), (4, 1, 6), (4, 5, 1), (4, 1, 1)])
def test_tables_of_a_volume(shape: tuple[int, ...], slab: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured all at once, or so many voxels at a time."""
    monkeypatch.setattr(rlseg.regions, "SLAB", slab)
    image, ids = random_volume(1, shape)
    regions = measure_regions(image, ids, spacing=SPACING)
    count = regions.num_nodes
    for n in range(count):
        places = np.argwhere(ids == n)
        products = [places[:, i] * places[:, j] for i in range(3) for j in range(i, 3)]
        assert regions.area[n] == len(places)
        np.testing.assert_array_equal(regions.moments[n], np.concatenate([places.T, products]).sum(axis=1))
        np.testing.assert_array_equal(regions.box[n], [*places.min(axis=0), *places.max(axis=0) + 1])
        sides = (places == 0).astype(int) + (places == np.array(shape) - 1)
        assert regions.border[n] == pytest.approx((sides * FACES).sum())
        np.testing.assert_allclose(regions.intensity_sum[n], image[:, ids == n].sum(axis=1))
        np.testing.assert_allclose(regions.intensity_max[n], image[:, ids == n].max(axis=1))
    edges: dict[tuple[int, int], np.ndarray] = {}
    for one, other, axis in slow_faces(ids):
        step = np.subtract(other, one)
        reach = 1 if axis == 0 else 3  # 3 px
        beyond = []
        for start, way in ((other, step), (one, -step)):
            seen = [tuple(np.add(start, k * way)) for k in range(reach)]
            beyond.append(
                np.mean([image[:, *p] for p in seen if all(0 <= x < n for x, n in zip(p, shape, strict=True))], axis=0)
            )
        here, there = image[:, *one], image[:, *other]
        sums = np.stack([np.ones(2), (here + there) / 2, abs(here - there), *beyond]) * FACES[axis]
        pair = (int(ids[one]), int(ids[other]))
        edges[pair] = edges.get(pair, 0) + sums
    assert sorted(edges) == [tuple(pair) for pair in regions.edge_index.T.tolist()]
    expected = np.array([edges[pair] for pair in sorted(edges)])
    np.testing.assert_allclose(regions.edge_length, expected[:, 0, 0])
    np.testing.assert_allclose(regions.edge_intensity, expected[:, 1])
    np.testing.assert_allclose(regions.edge_jump, expected[:, 2])
    np.testing.assert_allclose(regions.edge_beyond, expected[:, 3:].transpose(1, 0, 2))


def test_channels_may_be_made_some_planes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Normalised when they are asked for, or held in half precision."""
    monkeypatch.setattr(rlseg.regions, "SLAB", 60)
    image, ids = random_volume(6)
    raw, normalise = (1000 * image).astype(np.float32), Normalisation()
    limits = normalise.limits(raw)
    expected = measure_regions(normalise.apply(raw, limits).pixels, ids, spacing=SPACING)
    lazy = normalise.by_planes(raw, limits).pixels
    half = image.astype(np.float16)
    pairs = [(lazy, expected), (half, measure_regions(half.astype(np.float32), ids, spacing=SPACING))]
    for channels, wanted in pairs:
        found = measure_regions(channels, ids, spacing=SPACING)
        for name in ("intensity_sum", "intensity_square", "intensity_min", "edge_jump", "edge_beyond"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


def test_features_of_a_volume_are_weighted_by_areas_and_do_not_change_with_its_size() -> None:
    """Of cubes of one superpixel each, twice as large: all but the logarithms of sizes stay."""
    image, ids = random_volume(2)
    group = (image[0] > 0.5).astype(np.int32)
    tables = []
    for times in (1, 2):
        large = [np.kron(part, np.ones((times,) * 3, part.dtype)) for part in (*image, ids, group)]
        regions = measure_regions(large[:2], large[2], spacing=SPACING)
        sums = FeatureSums.of(regions, {"a": large[0], "b": large[1]}, {"g": large[3]})
        tables.append((regions, *node_features(sums, 1.0, SPACING), *edge_features(sums, 1.0, SPACING)))
    (regions, nodes, names, edges, edge_names), (_, large_nodes, _, large_edges, _) = tables
    grown = {"log_area": 3 * np.log(2)}
    for name, small, large in zip(names, nodes.T, large_nodes.T, strict=True):
        np.testing.assert_allclose(large - grown.get(name, 0.0), small, atol=1e-5, err_msg=name)
    grown = {"log_length": 2 * np.log(2)}
    for name, small, large in zip(edge_names, edges.T, large_edges.T, strict=True):
        np.testing.assert_allclose(large - grown.get(name, 0.0), small, atol=1e-5, err_msg=name)
    on_faces = edges[:, edge_names.index("a_on_cracks")]
    np.testing.assert_allclose(on_faces, regions.edge_intensity[:, 0] / regions.edge_length, rtol=1e-5)
    size = regions.area * 2.5
    np.testing.assert_allclose(nodes[:, names.index("log_area")], np.log(size), rtol=1e-5)
    surface = np.bincount(regions.edge_index.ravel(), np.tile(regions.edge_length, 2), regions.num_nodes)
    shown = nodes[:, names.index("outline_over_root_area")]
    np.testing.assert_allclose(shown, (surface + regions.border) / size ** (2 / 3), rtol=1e-5)


def test_one_plane_is_an_image() -> None:
    """A volume of a single plane has the tables of that image, but for the area of its two large faces."""
    image, ids = random_volume(3)
    flat = np.unique(ids[0], return_inverse=True)[1].reshape(ids[0].shape).astype(np.int32)
    of_image, of_volume = measure_regions(image[:, 0], flat), measure_regions(image[:, :1], flat[None])
    for name in (f.name for f in fields(RegionStatistics) if f.name.startswith(("edge", "intensity"))):
        np.testing.assert_allclose(getattr(of_volume, name), getattr(of_image, name), err_msg=name)
    np.testing.assert_array_equal(of_volume.box[:, [1, 2, 4, 5]], of_image.box)
    np.testing.assert_array_equal(of_volume.moments[:, [1, 2, 6, 7, 8]], of_image.moments)
    np.testing.assert_allclose(of_volume.border, of_image.border + 2 * of_image.area)
    assert of_volume.shape == of_image.shape
    assert of_volume.is_volume
    assert not of_image.is_volume


def test_pieces_of_a_volume_hang_together_by_faces_or_by_corners() -> None:
    mask = np.zeros((3, 3, 3), bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[2, 1, 1] = True
    assert pieces_of(mask)[1] == 2
    assert pieces_of(mask, diagonal=True)[1] == 1
    pieces = pieces_of_equals(mask.astype(np.int32), ground=0)
    np.testing.assert_array_equal(pieces, pieces_of(mask)[0])
    assert pieces_of_equals(mask.astype(np.int32)).min() == 1


def test_a_volume_is_cut_along_the_truth() -> None:
    _, ids = random_volume(4)
    _, truth = random_volume(5)
    cut = intersect_with_truth(ids, truth)
    for number in range(int(cut.max()) + 1):
        inside = cut == number
        assert len(np.unique(ids[inside])) == len(np.unique(truth[inside])) == pieces_of(inside)[1] == 1
    pairs = {(int(a), int(b)) for a, b in zip(ids.ravel(), truth.ravel(), strict=True)}
    pieces = sum(pieces_of((ids == a) & (truth == b))[1] for a, b in pairs)
    assert int(cut.max()) + 1 == pieces
