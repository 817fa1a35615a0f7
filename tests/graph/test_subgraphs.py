"""Algorithm 1: connected sub-graphs of exactly k edges that cover all edges that can be covered."""

from __future__ import annotations

import time

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


def test_subgraphs_are_compact() -> None:
    """Breadth first: in a grid of 20 x 20 nodes, 32 edges fit into a window of 10 x 10."""
    side = 20
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], 1), np.stack([at[:-1].ravel(), at[1:].ravel()], 1)]
    )
    for members in extract_subgraphs(np.ascontiguousarray(pairs.T), side * side, [32])[32]:
        nodes = np.unique(pairs[members])
        assert np.ptp(nodes // side) <= 9
        assert np.ptp(nodes % side) <= 9


def test_70_a_node_that_touches_everything_costs_no_more_than_others() -> None:
    edges = star(20_000)[1]
    extract_subgraphs(edges[:, :3], 20_001, (1,))  # compiled
    began = time.process_time()
    found = extract_subgraphs(edges, 20_001, (9,))[9]
    assert time.process_time() - began < 0.5
    assert len(np.unique(found)) == edges.shape[1]
