"""Greedy contraction of large graphs: the same segments as the library's, also with a hub."""

from __future__ import annotations

import time

import numpy as np
import pytest

from rlseg.environment.contraction import contract_greedily
from rlseg.environment.partition import LARGE, multicut_costs, solve_multicut


def same(one: np.ndarray, other: np.ndarray) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def random_graph(seed: int, nodes: int = 300, share: float = 0.03) -> tuple[int, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    pairs = np.stack(np.triu_indices(nodes, 1))
    edges = pairs[:, rng.random(pairs.shape[1]) < share].astype(np.int64)
    return nodes, edges, rng.random(edges.shape[1])


def star(leaves: int) -> tuple[int, np.ndarray, np.ndarray]:
    """A background that touches everything, and a chain of what it touches."""
    rng = np.random.default_rng(0)
    rim = np.arange(1, leaves + 1)
    edges = np.concatenate([np.stack([np.zeros_like(rim), rim]), np.stack([rim[:-1], rim[1:]])], axis=1)
    return leaves + 1, edges, rng.uniform(0.05, 0.95, edges.shape[1])


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_what_the_library_finds(seed: int) -> None:
    nodes, edges, actions = random_graph(seed)
    found = contract_greedily(nodes, edges, multicut_costs(actions))
    assert same(found, solve_multicut(nodes, edges, actions[None])[0])
    assert found.min() >= 0
    assert found.max() < nodes


def test_also_where_one_node_touches_all() -> None:
    nodes, edges, actions = star(3000)
    assert same(
        contract_greedily(nodes, edges, multicut_costs(actions)), solve_multicut(nodes, edges, actions[None])[0]
    )


def test_70_a_hub_costs_no_more_than_any_other_graph() -> None:
    nodes, edges, actions = star(LARGE)
    contract_greedily(3, edges[:, :1], np.ones(1))  # compiled
    began = time.process_time()
    found = solve_multicut(nodes, edges, actions[None])[0]
    assert time.process_time() - began < 2
    assert 1 < len(np.unique(found)) < nodes


@pytest.mark.parametrize("cost", [1.0, -1.0])
def test_one_edge(cost: float) -> None:
    found = contract_greedily(3, np.array([[0], [2]]), np.array([cost]))
    assert (found[0] == found[2]) == (cost > 0)
    assert found[1] not in (found[0], found[2])
