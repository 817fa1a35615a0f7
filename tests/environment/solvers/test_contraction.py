"""Greedy contraction: the same segments as the library's, also with a hub; ties in the order of the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicuts import random_problem, same_partition, star

from rlseg.environment.solvers.bioimage import BioimageGreedy
from rlseg.environment.solvers.contraction import Contraction
from rlseg.environment.solvers.pairs import EMPTY, find_pair, new_pairs, remove_pair


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_the_library_finds(seed: int) -> None:
    nodes, edges, costs = random_problem(seed)
    found = Contraction().solve(nodes, edges, costs)
    for mine, theirs in zip(found, BioimageGreedy().solve(nodes, edges, costs), strict=True):
        assert same_partition(mine, theirs)
    assert found.dtype == np.int64
    assert found.min() >= 0
    assert found.max() < nodes


def slowly(nodes: int, edges: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The most attractive edge, of several the one with the smallest number, again and again, in a dict of edges."""
    labels = np.arange(nodes)
    left = {tuple(pair): (cost, e) for e, (pair, cost) in enumerate(zip(edges.T.tolist(), costs.tolist(), strict=True))}
    while left:
        (u, v), (cost, _) = max(left.items(), key=lambda item: (item[1][0], -item[1][1]))
        if cost <= 0:
            break
        labels[labels == v] = u
        joined: dict[tuple[int, int], tuple[float, int]] = {}
        for (a, b), (c, e) in left.items():
            a, b = sorted(u if end == v else end for end in (a, b))
            if a != b:
                other = joined.get((a, b))
                # whichever of two edges stays lends its number; the numbers matter among equals alone
                joined[a, b] = (c, e) if other is None else (other[0] + c, min(other[1], e))
        left = joined
    return labels


@pytest.mark.parametrize("seed", range(10))
def test_it_contracts_the_most_attractive_edge_again_and_again(seed: int) -> None:
    nodes, edges, costs = random_problem(seed, nodes=40, share=0.15)
    for row, cost in zip(Contraction().solve(nodes, edges, costs), costs, strict=True):
        assert same_partition(row, slowly(nodes, edges, cost))


def test_of_equal_edges_the_one_with_the_smaller_number_comes_first() -> None:
    edges = np.array([[0, 1, 2], [1, 2, 3]])  # 0 - 1 - 2 - 3, and 0 repels 2
    edges = np.concatenate([edges, [[0], [2]]], axis=1)[:, [0, 3, 1, 2]]
    costs = np.array([1.0, -2.0, 1.0, 0.5])  # (0, 1), (0, 2), (1, 2), (2, 3)
    labels = Contraction().solve(4, edges, costs[None])[0]
    assert labels[0] == labels[1] != labels[2] == labels[3]
    labels = Contraction().solve(4, edges, costs[None] * [1, 1, 1 + 1e-9, 1])[0]
    assert labels[0] != labels[1] == labels[2] == labels[3]


def test_many_equal_edges_give_the_same_labels_in_any_company() -> None:
    nodes, edges, costs = random_problem(3)
    costs = np.sign(costs)
    together = Contraction().solve(nodes, edges, costs)
    for row, cost in zip(together, costs, strict=True):
        np.testing.assert_array_equal(row, Contraction().solve(nodes, edges, cost[None])[0])


def test_also_where_one_node_touches_all() -> None:
    nodes, edges, costs = star(3000)
    assert same_partition(*(solver.solve(nodes, edges, costs)[0] for solver in (Contraction(), BioimageGreedy())))


def test_70_a_hub_of_50_000_is_solved_like_any_other_graph() -> None:
    nodes, edges, costs = star(50_000)  # what it costs: tests/bench/test_bench_hubs.py
    found = Contraction().solve(nodes, edges, costs)
    assert 1 < len(np.unique(found)) < nodes


@pytest.mark.parametrize("cost", [1.0, -1.0, 0.0])
def test_one_edge(cost: float) -> None:
    found = Contraction().solve(3, np.array([[0], [2]]), np.array([[cost]]))[0]
    assert (found[0] == found[2]) == (cost > 0)
    assert found[1] not in (found[0], found[2])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=120), st.integers(1, 10**6))
def test_the_table_of_pairs_is_a_dict(steps: list[tuple[bool, int]], stride: int) -> None:
    table, expected = new_pairs(41), {}
    for number, (put, key) in enumerate(steps):
        if put:
            slot = find_pair(table, key * stride)
            table[slot] = key * stride, number
            expected[key * stride] = number
        elif key * stride in expected:
            remove_pair(table, key * stride)
            del expected[key * stride]
        for other in range(41):
            slot = find_pair(table, other * stride)
            found = None if table[slot, 0] == EMPTY else table[slot, 1]
            assert found == expected.get(other * stride)
