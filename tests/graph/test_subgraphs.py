"""Algorithm 1: connected sub-graphs of exactly k edges that cover all edges that can be covered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicuts import star
from partitions import random_regions

from rlseg.graph.subgraphs import extract_subgraphs


def edge_index(pairs: list[tuple[int, int]]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2).T


PATH = [(n, n + 1) for n in range(9)]  # 0-1-2-...-9
STAR = [(0, n) for n in range(1, 8)]  # seven rays around node 0
TWO = [(0, 1), (1, 2), (3, 4), (4, 5), (5, 6), (3, 6)]  # a path of 2 edges and a ring of 4


def components(pairs: np.ndarray) -> list[set[int]]:
    """Edge numbers of each connected component of the graph of some edges, by flooding."""
    rest = set(range(len(pairs)))
    result = []
    while rest:
        found = {rest.pop()}
        nodes = set(pairs[list(found)].ravel().tolist())
        while True:
            more = {e for e in rest if nodes & set(pairs[e].tolist())}
            if not more:
                break
            rest -= more
            found |= more
            nodes |= set(pairs[list(more)].ravel().tolist())
        result.append(found)
    return result


def check(pairs: np.ndarray, subgraphs: np.ndarray, size: int) -> None:
    """Exactly k different edges, connected, and together all edges of components with at least k edges."""
    assert subgraphs.dtype == np.int64
    assert subgraphs.shape == (len(subgraphs), size)
    for members in subgraphs:
        assert len(set(members.tolist())) == size
        assert len(components(pairs[members])) == 1
    large = [edges for edges in components(pairs) if len(edges) >= size]
    assert set(subgraphs.ravel().tolist()) == set().union(*large)


@st.composite
def graphs(draw: st.DrawFn) -> np.ndarray:
    """(E, 2) edges u < v, sorted, of a random graph that may fall into pieces."""
    count = draw(st.integers(2, 14))
    pairs = [(u, v) for u in range(count) for v in range(u + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=30))
    return np.array(sorted(chosen), np.int64).reshape(-1, 2)


@settings(max_examples=200, deadline=None)
@given(pairs=graphs(), size=st.integers(1, 12), seed=st.integers(0, 1000))
def test_7_random_graphs_are_covered(pairs: np.ndarray, size: int, seed: int) -> None:
    found = extract_subgraphs(np.ascontiguousarray(pairs.T), 14, [size], seed)[size]
    check(pairs, found, size)


@pytest.mark.parametrize("size", [1, 4, 6, 12, 32])
def test_superpixel_graphs_are_covered(size: int) -> None:
    regions = random_regions(0, shape=(60, 80), count=150)
    check(regions.edge_index.T, extract_subgraphs(regions.edge_index, regions.num_nodes, [size])[size], size)


@pytest.mark.parametrize("pairs", [PATH, STAR, TWO, [(0, 1)]], ids=["path", "star", "two components", "one edge"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", range(5))
def test_8_9_10_small_graphs_are_covered(pairs: list[tuple[int, int]], size: int, seed: int) -> None:
    check(np.array(pairs), extract_subgraphs(edge_index(pairs), 10, [size], seed)[size], size)


@pytest.mark.parametrize("size", [1, 3, 32])
def test_6_8_nothing_to_find(size: int) -> None:
    for pairs, nodes in (([], 0), ([], 4), (TWO[:2], 3)):
        found = extract_subgraphs(edge_index(pairs), nodes, [size])[size]
        if size > len(pairs):
            assert found.shape == (0, size)


def test_each_size_once_and_in_order() -> None:
    found = extract_subgraphs(edge_index(PATH), 10, [4, 2, 4])
    assert list(found) == [2, 4]


def test_equal_seeds_equal_results_and_others_differ() -> None:
    regions = random_regions(1, count=100)
    first, again, other = (extract_subgraphs(regions.edge_index, regions.num_nodes, [6], seed) for seed in (0, 0, 1))
    assert np.array_equal(first[6], again[6])
    assert not np.array_equal(first[6], other[6])


def test_seeds_are_edges_that_nothing_covered() -> None:
    """The first edge of a sub-graph lies in no earlier one, so each sub-graph adds something and few are needed."""
    regions = random_regions(2, count=100)
    for size in (4, 12):
        covered: set[int] = set()
        for members in extract_subgraphs(regions.edge_index, regions.num_nodes, [size])[size].tolist():
            assert members[0] not in covered
            covered |= set(members)


def test_overlap_stays_low() -> None:
    """Uncovered edges are taken first: on superpixel graphs an edge lies in less than 2.5 sub-graphs on average."""
    regions = random_regions(3, shape=(80, 80), count=250)
    for size in (6, 12, 32):
        found = extract_subgraphs(regions.edge_index, regions.num_nodes, [size])[size]
        assert 1 <= found.size / regions.num_edges < 2.5


def test_one_ray_of_a_star_is_repeated_only_if_it_must() -> None:
    for size in (1, 7):
        assert len(extract_subgraphs(edge_index(STAR), 8, [size])[size]) == 7 // size
    # 7 rays in triples: two disjoint ones and a third that borrows two rays
    assert len(extract_subgraphs(edge_index(STAR), 8, [3])[3]) == 3


# --- with overlap ---


def in_one(subgraphs: np.ndarray, edges: int) -> int:
    """How many edges lie in exactly one sub-graph."""
    return int(np.count_nonzero(np.bincount(subgraphs.ravel(), minlength=edges) == 1))


@settings(max_examples=200, deadline=None)
@given(pairs=graphs(), size=st.integers(1, 12), seed=st.integers(0, 1000), overlap=st.integers(1, 4))
def test_7_random_graphs_are_covered_with_overlap(pairs: np.ndarray, size: int, seed: int, overlap: int) -> None:
    """Exact, connected, no two alike, all that can be covered, and those of a smaller overlap come first."""
    less, more = (
        extract_subgraphs(np.ascontiguousarray(pairs.T), 14, [size], seed, n)[size] for n in (overlap, overlap + 1)
    )
    check(pairs, more, size)
    assert np.array_equal(more[: len(less)], less)
    assert len(np.unique(np.sort(more, axis=1), axis=0)) == len(more)
    assert in_one(more, len(pairs)) <= in_one(less, len(pairs))


@pytest.mark.parametrize("pairs", [PATH, STAR, TWO, [(0, 1)]], ids=["path", "star", "two components", "one edge"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("overlap", [1, 3])
def test_8_9_10_small_graphs_are_covered_with_overlap(pairs: list[tuple[int, int]], size: int, overlap: int) -> None:
    check(np.array(pairs), extract_subgraphs(edge_index(pairs), 10, [size], 0, overlap)[size], size)


@pytest.mark.parametrize("size", [6, 12, 32, 128])
def test_superpixels_overlap_more_the_more_is_asked_for(size: int) -> None:
    """Edges in one sub-graph alone become rare, and with n all but a few lie in n."""
    regions = random_regions(0, shape=(80, 100), count=300)
    shares = []
    for overlap in range(5):
        found = extract_subgraphs(regions.edge_index, regions.num_nodes, [size], 0, overlap)[size]
        check(regions.edge_index.T, found, size)
        shares.append(in_one(found, regions.num_edges) / regions.num_edges)
        assert np.mean(np.bincount(found.ravel(), minlength=regions.num_edges) >= overlap) > 0.94
    assert shares[0] > 0.25
    assert 0.5 > shares[1] > 0.15
    assert shares[2] < 0.03
    assert shares[3] < 0.01


def test_of_single_edges_there_is_one_of_each() -> None:
    """However much overlap is asked for, none is found twice."""
    found = extract_subgraphs(edge_index(PATH), 10, [1], overlap=4)[1]
    assert sorted(found.ravel().tolist()) == list(range(9))


def test_triangles_are_closed_first() -> None:
    r"""Five edges around any edge of this strip are two triangles that share a side.

    0-----1-----2-----3
     \   / \   / \   /
      \ /   \ /   \ /
       4-----5-----6
    """
    strip = [(0, 1), (0, 4), (1, 2), (1, 4), (1, 5), (2, 3), (2, 5), (2, 6), (3, 6), (4, 5), (5, 6)]
    triangles = [{0, 1, 4}, {1, 4, 5}, {1, 2, 5}, {2, 5, 6}, {2, 3, 6}]
    found = extract_subgraphs(edge_index(strip), 7, [5], overlap=1)[5]
    for members in found.tolist():
        pairs = [strip[e] for e in members]
        closed = [t for t in triangles if sum(set(pair) <= t for pair in pairs) == 3]
        assert len(closed) == 2
        assert len(closed[0] & closed[1]) == 2
    assert 3 <= len(found) <= 4  # those at the ends, and of the two between one or both


@pytest.mark.parametrize("size", [6, 12, 32])
def test_the_node_that_most_edges_join_comes_next(size: int) -> None:
    """Step by step, by counting anew; with all its edges, but for the last one, which may be cut off."""
    regions = random_regions(4, shape=(60, 80), count=150)
    pairs = regions.edge_index.T.tolist()
    for members in extract_subgraphs(regions.edge_index, regions.num_nodes, [size], overlap=1)[size].tolist():
        inside, place = set(pairs[members[0]]), 1
        while place < size:
            touches: dict[int, int] = {}
            for u, v in pairs:
                if (u in inside) != (v in inside):
                    outer = v if u in inside else u
                    touches[outer] = touches.get(outer, 0) + 1
            (node,) = set(pairs[members[place]]) - inside
            assert touches[node] == max(touches.values())
            added = [pairs[e] for e in members[place : place + touches[node]]]
            assert all(set(pair) - inside == {node} for pair in added)
            assert len(added) == touches[node] or place + len(added) == size
            inside.add(node)
            place += len(added)


def test_dense_ones_hold_fewer_superpixels() -> None:
    """Than those that grow breadth-first, of as many edges."""
    regions = random_regions(0, shape=(80, 100), count=300)
    for size in (6, 12, 32, 128):
        thin, dense = (
            np.mean([len(np.unique(regions.edge_index[:, one])) for one in found[size]])
            for found in (
                extract_subgraphs(regions.edge_index, regions.num_nodes, [size], 0, overlap) for overlap in (0, 1)
            )
        )
        assert dense < thin


def test_70_at_a_node_that_touches_everything_the_same_edges_are_not_taken_again_and_again() -> None:
    """Of 20,000 neighbours only some are looked at for each sub-graph, so that they cost little; others each time."""
    edges = star(20_000)[1]
    found = extract_subgraphs(edges, 20_001, (9,), overlap=1)[9]
    times = np.bincount(found.ravel(), minlength=edges.shape[1])
    assert times.min() == 1
    assert times.mean() < 5
    assert times.max() < 50


def test_subgraphs_are_compact() -> None:
    """Breadth first: in a grid of 20 x 20 nodes, 32 edges fit into a window of 10 x 10."""
    side = 20
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], 1), np.stack([at[:-1].ravel(), at[1:].ravel()], 1)]
    )
    for overlap in (0, 1):
        for members in extract_subgraphs(np.ascontiguousarray(pairs.T), side * side, [32], 0, overlap)[32]:
            nodes = np.unique(pairs[members])
            assert np.ptp(nodes // side) <= 9
            assert np.ptp(nodes % side) <= 9


def test_70_a_node_that_touches_200_000_others_is_nothing_special() -> None:
    edges = star(200_000)[1]  # what it costs: tests/bench/test_bench_hubs.py
    found = extract_subgraphs(edges, 200_001, (9,))[9]
    assert len(np.unique(found)) == edges.shape[1]
