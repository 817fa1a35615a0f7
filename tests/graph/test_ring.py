"""Features relative to a ring: against the pixels, and the same wherever around the ring something lies."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import DIHEDRAL, turned, voronoi
from pydantic import ValidationError

from rlseg.graph.adjacency import cracks
from rlseg.graph.rag import measure_regions
from rlseg.graph.ring import RingGeometry, ring_edge_features, ring_node_features
from rlseg.regions import RegionStatistics

RING = RingGeometry(center=(21.3, 30.2), ring=(8.0, 20.0))


def regions_of(ids: np.ndarray) -> RegionStatistics:
    return measure_regions(np.zeros((1, *ids.shape)), ids)


def variances(points: np.ndarray, weight: float, place: np.ndarray) -> tuple[float, float]:
    """Along and across the radius to a place, of (P, 2) points that are squares of that variance."""
    radius = place - np.array(RING.center)
    along = radius / np.linalg.norm(radius)
    across = np.array([-along[1], along[0]])
    return float(np.var(points @ along) + weight), float(np.var(points @ across) + weight)


def test_nodes_against_their_pixels() -> None:
    ids = voronoi(np.random.default_rng(0), (44, 60), 25)
    found, names = ring_node_features(regions_of(ids), RING)
    assert found.shape == (ids.max() + 1, len(names))
    assert found.dtype == np.float32
    for n in range(ids.max() + 1):
        points = np.argwhere(ids == n).astype(float)
        middle = points.mean(0)
        depth = (np.linalg.norm(middle - RING.center) - 8) / 12
        along, across = variances(points, 1 / 12, middle)
        expected = [
            depth,
            np.exp(-(((depth - 0.5) / 0.45) ** 4)),
            np.log(np.sqrt(12 * along) / 12),
            np.log(np.sqrt(12 * across) / 12),
            (along - across) / (along + across),
        ]
        assert found[n] == pytest.approx(expected, abs=1e-4)


def test_edges_against_their_cracks() -> None:
    ids = voronoi(np.random.default_rng(1), (44, 60), 25)
    regions = regions_of(ids)
    found, names = ring_edge_features(regions, RING)
    assert found.shape == (regions.num_edges, len(names))
    first, second = cracks(ids)
    places = (np.stack(np.unravel_index(first, ids.shape), 1) + np.stack(np.unravel_index(second, ids.shape), 1)) / 2
    pairs = np.stack([ids.ravel()[first], ids.ravel()[second]])
    long = 0
    for e, (u, v) in enumerate(regions.edge_index.T):
        points = places[(pairs[0] == u) & (pairs[1] == v)]
        middle = points.mean(0)
        depth = (np.linalg.norm(middle - RING.center) - 8) / 12
        along, across = variances(points, 0, middle)
        joined = np.argwhere(ids == v).mean(0) - np.argwhere(ids == u).mean(0)
        radius = middle - RING.center
        cosine = joined @ radius / np.linalg.norm(joined) / np.linalg.norm(radius)
        assert found[e, :2] == pytest.approx([depth, np.exp(-(((depth - 0.5) / 0.45) ** 4))], abs=1e-4)
        assert found[e, 3] == pytest.approx(cosine**2, abs=1e-4)
        if len(points) > 1:
            long += 1
            assert found[e, 2] == pytest.approx((along - across) / (along + across), abs=1e-4)
        else:
            assert found[e, 2] == 0
    assert long > 20


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_turning_image_and_ring_together_changes_nothing(quarter_turns: int, flip: bool) -> None:
    """Augmentation may keep the columns of a sample."""
    ids = voronoi(np.random.default_rng(2), (40, 56), 20)
    center = RingGeometry(center=(19.5, 27.5), ring=(8, 20))
    moved = turned(ids, quarter_turns, flip)
    middle = RingGeometry(center=((moved.shape[0] - 1) / 2, (moved.shape[1] - 1) / 2), ring=(8, 20))
    one, other = regions_of(ids), regions_of(moved)
    assert ring_node_features(other, middle)[0] == pytest.approx(ring_node_features(one, center)[0], abs=1e-4)
    assert ring_edge_features(other, middle)[0] == pytest.approx(ring_edge_features(one, center)[0], abs=1e-4)


def test_spokes_and_bands() -> None:
    """Sectors of the ring have side walls along the radius; bands around the centre have them across."""
    rows, columns = np.indices((81, 81)) - 40.0
    ring = RingGeometry(center=(40, 40), ring=(10, 40))
    sector = np.minimum((np.arctan2(rows, columns) + np.pi) / (2 * np.pi) * 12, 11).astype(np.int32)
    nodes, _ = ring_node_features(regions_of(sector), ring)
    edges, _ = ring_edge_features(regions_of(sector), ring)
    assert (nodes[:, 2] > nodes[:, 3] + 0.3).all()
    assert (edges[:, 2] > 0.9).sum() >= 12
    # neighbours side by side; opposite sectors meet in the middle only
    assert (edges[edges[:, 0] > 0, 3] < 0.3).all()
    bands = np.minimum(np.hypot(rows, columns) / 12, 4).astype(np.int32)
    half = bands * 2 + (columns > 0)  # half rings, so that the centroids differ
    regions = regions_of(np.unique(half, return_inverse=True)[1].reshape(half.shape).astype(np.int32))
    between = ring_edge_features(regions, ring)[0]
    u, v = regions.edge_index
    same_side = (u % 2) == (v % 2)
    assert (between[same_side, 2] < 0).all()


def test_degenerate_graphs() -> None:
    ring = RingGeometry(center=(0, 0), ring=(0, 1))
    one = regions_of(np.zeros((1, 1), np.int32))
    assert np.isfinite(ring_node_features(one, ring)[0]).all()
    assert ring_edge_features(one, ring)[0].shape == (0, 4)
    frame = np.zeros((7, 7), np.int32)
    frame[2:5, 2:5] = 1
    nested = ring_edge_features(regions_of(frame), RingGeometry(center=(3, 3), ring=(1, 2)))[0]
    assert np.isfinite(nested).all()
    assert nested[0, 2:] == pytest.approx([0, 0.5])  # two centroids in one place, cracks all around


@pytest.mark.parametrize(
    "wrong",
    [
        {"center": [1, 2]},
        {"center": [1], "ring": [1, 2]},
        {"center": [1, 2], "ring": [3, 3]},
        {"center": [1, 2], "ring": [-1, 3]},
        {"center": [1, float("nan")], "ring": [1, 3]},
        {"center": "image", "ring": [1, 3]},
        {"center": [1, 2], "ring": [1, 3], "width": 3},
    ],
)
def test_impossible_rings(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RingGeometry(**wrong)  # type: ignore[arg-type]
