"""Edge weights to partitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partitions import random_regions
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from rlseg.environment.partition import multicut_costs, solve_multicut
from rlseg.environment.solvers import SOLVERS, SolverName

TESTED: list[SolverName] = ["contraction", "bioimage_cpp", "kernighan_lin"]


def energy(edge_index: np.ndarray, actions: np.ndarray, labels: np.ndarray) -> float:
    """Sum of the costs of the cut edges of one partition."""
    u, v = edge_index
    return float(multicut_costs(actions)[labels[u] != labels[v]].sum())


def problem(seed: int, samples: int = 5, count: int = 60) -> tuple[int, np.ndarray, np.ndarray]:
    """Random weights on the graph of a Voronoi image."""
    regions = random_regions(seed, count=count)
    actions = np.random.default_rng(seed).random((samples, regions.num_edges))
    return regions.num_nodes, regions.edge_index, actions


@given(st.floats(0.001, 0.999))
def test_the_cost_is_the_log_odds_of_merging(action: float) -> None:
    cost = multicut_costs(np.array([action]))[0]
    assert cost == pytest.approx(np.log(1 - action) - np.log(action), abs=1e-9)
    assert multicut_costs(np.array([1 - action]))[0] == pytest.approx(-cost, abs=1e-9)


def test_costs_are_clipped_and_never_depend_on_each_other() -> None:
    costs = multicut_costs(np.array([0.0, 1e-9, 1e-3, 0.5, 0.999, 1.0], np.float32))
    assert costs.dtype == np.float64
    bound = np.log(999)
    np.testing.assert_allclose(costs, [bound, bound, bound, 0, -bound, -bound], atol=1e-4)
    assert multicut_costs(np.full(3, 0.7))[0] == multicut_costs(np.array([0.7, 0.0, 1.0]))[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", TESTED)
def test_7_many_partitions_in_one_call_are_those_of_single_calls(seed: int, name: SolverName) -> None:
    nodes, edges, actions = problem(seed)
    together = solve_multicut(nodes, edges, actions, SOLVERS[name]())
    for row, action in zip(together, actions, strict=True):
        alone = solve_multicut(nodes, edges, action[None], SOLVERS[name]())[0]
        assert len(set(zip(row, alone, strict=True))) == len(set(row)) == len(set(alone))


@pytest.mark.parametrize("seed", range(6))
def test_kernighan_lin_never_makes_it_worse(seed: int) -> None:
    nodes, edges, actions = problem(seed, samples=3, count=120)
    greedy, better = (solve_multicut(nodes, edges, actions, SOLVERS[n]()) for n in ("contraction", "kernighan_lin"))
    for action, first, second in zip(actions, greedy, better, strict=True):
        assert energy(edges, action, second) <= energy(edges, action, first) + 1e-9
        assert energy(edges, action, first) < 0  # everything merged costs nothing


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TESTED)
def test_segments_are_connected_and_numbered_within_each_row(seed: int, name: SolverName) -> None:
    nodes, edges, actions = problem(seed)
    labels = solve_multicut(nodes, edges, actions, SOLVERS[name]())
    assert labels.shape == (len(actions), nodes)
    assert labels.dtype == np.int64
    assert labels.min() >= 0
    assert labels.max() < nodes
    for row in labels:
        u, v = edges[:, row[edges[0]] == row[edges[1]]]
        pieces = connected_components(coo_matrix((np.ones(len(u)), (u, v)), (nodes, nodes)), directed=False)[0]
        assert pieces == len(np.unique(row))


def test_certain_weights_give_the_wanted_partition() -> None:
    nodes, edges, _ = problem(7)
    wanted = (edges[0] < 20) != (edges[1] < 20)
    labels = solve_multicut(nodes, edges, np.where(wanted, 0.99, 0.01)[None])[0]
    same = labels[edges[0]] == labels[edges[1]]
    np.testing.assert_array_equal(same, ~wanted)
    assert len(np.unique(solve_multicut(nodes, edges, np.zeros((1, len(wanted))))[0])) == 1
    assert len(np.unique(solve_multicut(nodes, edges, np.ones((1, len(wanted))))[0])) == nodes


def test_one_wrong_edge_does_not_merge_everything() -> None:
    """Thresholding would join the two halves through the single edge that says so."""
    nodes, edges, _ = problem(3)
    wanted = (edges[0] < 30) != (edges[1] < 30)
    actions = np.where(wanted, 0.9, 0.1)
    actions[np.flatnonzero(wanted)[0]] = 0.2
    labels = solve_multicut(nodes, edges, actions[None])[0]
    assert (labels[edges[0]] != labels[edges[1]]).sum() == wanted.sum()


def test_6_7_graphs_without_edges_single_nodes_and_nodes_apart() -> None:
    none = np.zeros((2, 0), np.int64)
    np.testing.assert_array_equal(solve_multicut(3, none, np.zeros((2, 0))), [[0, 1, 2], [0, 1, 2]])
    np.testing.assert_array_equal(solve_multicut(1, none, np.zeros((2, 0))), [[0], [0]])
    assert solve_multicut(2, np.array([[0], [1]]), np.zeros((0, 1))).shape == (0, 2)
    # two pairs and one node on its own:  0-1  2-3  4
    labels = solve_multicut(5, np.array([[0, 2], [1, 3]]), np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]))
    assert [len(np.unique(row)) for row in labels] == [3, 4, 5]
    assert labels[0, 0] == labels[0, 1] != labels[0, 2] == labels[0, 3] != labels[0, 4]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        solve_multicut(2, np.array([[0], [1]]), np.array([[0.5], [bad]]))


def grid(side: int) -> tuple[int, np.ndarray]:
    """Nodes of a square grid and its (2, E) edges."""
    index = np.arange(side * side).reshape(side, side)
    right = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()])
    down = np.stack([index[:-1].ravel(), index[1:].ravel()])
    edges = np.concatenate([right, down], axis=1)
    return side * side, edges[:, np.lexsort(edges[::-1])]


@pytest.mark.parametrize("side", [160, pytest.param(708, marks=pytest.mark.slow)])  # 50 thousand, a million edges
@pytest.mark.parametrize("weights", ["all attract", "all repel", "all are undecided", "ties"])
def test_70_large_multicuts_of_one_sign_and_with_ties_end_and_end_alike(weights: str, side: int) -> None:
    nodes, edges = grid(side)
    count = edges.shape[1]
    ties = np.random.default_rng(0).choice([0.2, 0.8], count)
    actions = {"all attract": np.full(count, 0.01), "all repel": np.full(count, 0.99), "ties": ties}
    given = actions.get(weights, np.full(count, 0.5))[None]
    labels = solve_multicut(nodes, edges, given)
    expected = {"all attract": 1, "all repel": nodes, "all are undecided": nodes}
    objects = len(np.unique(labels))
    assert objects == expected.get(weights, objects)
    np.testing.assert_array_equal(solve_multicut(nodes, edges, given), labels)
    if weights == "ties":
        assert nodes / 10 < objects < nodes
        assert energy(edges, given[0], labels[0]) < 0


def test_the_same_weights_always_give_the_same_partition() -> None:
    nodes, edges, actions = problem(11)
    first = solve_multicut(nodes, edges, actions)
    for _ in range(3):
        np.testing.assert_array_equal(solve_multicut(nodes, edges, actions), first)
