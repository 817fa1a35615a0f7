"""Hand-crafted features: definition, symmetry and invariance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, turned, voronoi
from scipy import ndimage

from rlseg.graph.features import edge_features, node_features
from rlseg.graph.rag import measure_regions
from rlseg.graph.sums import FeatureSums
from rlseg.regions import RegionStatistics

Case = tuple[RegionStatistics, dict[str, np.ndarray], dict[str, np.ndarray]]


def make(seed: int, shape: tuple[int, int] = (14, 19), count: int = 12) -> Case:
    rng = np.random.default_rng(seed)
    maps = {name: ndimage.gaussian_filter(rng.random(shape), 1) for name in ("gray", "gradient")}
    groups = {"basin": voronoi(rng, shape, 4)}
    return measure_regions(maps["gray"][None], voronoi(rng, shape, count)), maps, groups


def columns(values: tuple[np.ndarray, list[str]]) -> dict[str, np.ndarray]:
    table, names = values
    assert len(set(names)) == len(names) == table.shape[1]
    assert table.dtype == np.float32
    return dict(zip(names, table.T, strict=True))


def contacts(ids: np.ndarray) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Ordered pairs of 4-neighbouring pixels in different superpixels, each pair both ways."""
    height, width = ids.shape
    return [
        ((r, c), (r + y, c + x))
        for r in range(height)
        for c in range(width)
        for y, x in ((1, 0), (-1, 0), (0, 1), (0, -1))
        if 0 <= r + y < height and 0 <= c + x < width and ids[r, c] != ids[r + y, c + x]
    ]


@pytest.mark.parametrize("seed", range(3))
def test_node_features_against_pixel_loops(seed: int) -> None:
    regions, maps, _ = make(seed)
    ids = regions.superpixels
    got = columns(node_features(FeatureSums.of(regions, maps, {})))
    assert list(got)[:3] == ["gray_mean", "gray_std", "gray_over_neighbours"]
    for n in range(regions.num_nodes):
        mask = ids == n
        outside = [b for a, b in contacts(ids) if ids[a] == n]
        border = sum(mask[side].sum() for side in (0, -1, np.s_[:, 0], np.s_[:, -1]))
        for name, values in maps.items():
            around = np.mean([values[ids == ids[b]].mean() for b in outside])
            assert got[f"{name}_mean"][n] == pytest.approx(values[mask].mean(), abs=1e-6)
            assert got[f"{name}_std"][n] == pytest.approx(values[mask].std(), abs=1e-6)
            assert got[f"{name}_over_neighbours"][n] == pytest.approx(values[mask].mean() - around, abs=1e-6)
        outline = len(outside) + border
        assert got["log_area"][n] == pytest.approx(np.log(mask.sum()), abs=1e-5)
        assert got["outline_over_root_area"][n] == pytest.approx(outline / np.sqrt(mask.sum()), rel=1e-5)
        assert got["border_share"][n] == pytest.approx(border / outline, abs=1e-6)
        assert got["log_degree"][n] == pytest.approx(np.log1p(len({ids[b] for b in outside})), abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_edge_features_against_pixel_loops(seed: int) -> None:
    regions, maps, groups = make(seed)
    ids = regions.superpixels
    got = columns(edge_features(FeatureSums.of(regions, maps, groups)))
    for e, (u, v) in enumerate(regions.edge_index.T):
        pairs = [(a, b) for a, b in contacts(ids) if ids[a] == u and ids[b] == v]
        for name, values in maps.items():
            crack = np.mean([(values[a] + values[b]) / 2 for a, b in pairs])
            one, two = values[ids == u].mean(), values[ids == v].mean()
            assert got[f"{name}_on_cracks"][e] == pytest.approx(crack, abs=1e-6)
            assert got[f"{name}_saddle"][e] == pytest.approx(min(one, two) - crack, abs=1e-6)
            assert got[f"{name}_difference"][e] == pytest.approx(abs(one - two), abs=1e-6)
        same = np.mean([groups["basin"][a] == groups["basin"][b] for a, b in pairs])
        assert got["basin_same"][e] == pytest.approx(same, abs=1e-6)
        smaller = min((ids == u).sum(), (ids == v).sum())
        assert got["log_length"][e] == pytest.approx(np.log(len(pairs)), abs=1e-6)
        assert got["length_over_root_area"][e] == pytest.approx(len(pairs) / np.sqrt(smaller), rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_renumbering_and_turning_only_reorder(seed: int) -> None:
    """Symmetric in the ends of an edge, and blind to directions: other ids in a turned image, equal features."""
    regions, maps, groups = make(seed)
    rng = np.random.default_rng(seed)
    quarter_turns, flip = DIHEDRAL[seed % 8]
    new_id = rng.permutation(regions.num_nodes).astype(np.int32)
    ids = turned(new_id[regions.superpixels], quarter_turns, flip)
    other_maps = {name: turned(values, quarter_turns, flip) for name, values in maps.items()}
    other_groups = {name: turned(values, quarter_turns, flip) for name, values in groups.items()}
    other = measure_regions(other_maps["gray"][None], ids)
    before, _ = node_features(FeatureSums.of(regions, maps, {}))
    after, _ = node_features(FeatureSums.of(other, other_maps, {}))
    assert after[new_id] == pytest.approx(before, abs=1e-6)
    edges = np.sort(new_id[regions.edge_index], axis=0)
    order = np.lexsort((edges[1], edges[0]))
    assert (other.edge_index == edges[:, order]).all()
    before, _ = edge_features(FeatureSums.of(regions, maps, groups))
    after, _ = edge_features(FeatureSums.of(other, other_maps, other_groups))
    assert after == pytest.approx(before[order], abs=1e-6)


@pytest.mark.parametrize(
    "ids",
    [[[0]], [[0, 0, 0]], [[0, 1]], [[0], [1], [2]], [[0, 0], [0, 0]]],
    ids=["pixel", "row", "two", "column", "one"],
)
@pytest.mark.parametrize("value", [0.0, 1.0, -1e6])
def test_small_and_constant_images_are_finite(ids: list[list[int]], value: float) -> None:
    superpixels = np.array(ids, np.int32)
    flat = np.full(superpixels.shape, value)
    regions = measure_regions(flat[None], superpixels)
    sums = FeatureSums.of(regions, {"gray": flat}, {"basin": np.zeros(superpixels.shape, np.int32)})
    (nodes, node_names), (edges, edge_names) = node_features(sums), edge_features(sums)
    assert nodes.shape == (regions.num_nodes, len(node_names))
    assert edges.shape == (regions.num_edges, len(edge_names))
    assert np.isfinite(nodes).all()
    assert np.isfinite(edges).all()
    assert (columns((nodes, node_names))["gray_over_neighbours"] == 0).all()


def test_std_of_a_large_offset_is_not_negative() -> None:
    """The variance is a difference of large numbers; rounding must not give NaN."""
    regions, maps, _ = make(0)
    nodes, _ = node_features(FeatureSums.of(regions, {"gray": maps["gray"] * 1e-9 + 1e6}, {}))
    assert np.isfinite(nodes).all()
