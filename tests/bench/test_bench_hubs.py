"""Graphs with a node that touches everything, against grids with as many edges, in one run: `make bench`.

What walks the neighbours of a node for each of its edges takes thousands of times longer on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from multicuts import Problem, star

from rlseg.environment.solvers.contraction import Contraction
from rlseg.graph.subgraphs import extract_subgraphs

pytestmark = pytest.mark.bench

LEAVES = 50_000


def grid(side: int) -> Problem:
    at = np.arange(side * side).reshape(side, side)
    pairs = [np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()]), np.stack([at[:-1].ravel(), at[1:].ravel()])]
    edges = np.concatenate(pairs, axis=1)
    return side * side, edges, np.random.default_rng(0).normal(size=(1, edges.shape[1]))


STAGES: dict[str, Callable[[int, np.ndarray, np.ndarray], Any]] = {
    "sub-graphs": lambda nodes, edges, costs: extract_subgraphs(edges, nodes, (9,)),
    "multicut": Contraction().solve,
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_hub_costs_no_more_than_five_times_a_grid(stage: str) -> None:
    def seconds(problem: Problem) -> float:
        began = time.process_time()
        STAGES[stage](*problem)
        return time.process_time() - began

    hub, plain = star(LEAVES), grid(round(LEAVES**0.5))
    assert abs(hub[1].shape[1] / plain[1].shape[1] - 1) < 0.01
    seconds(grid(3))  # compiled
    ratio = min(seconds(hub) for _ in range(3)) / min(seconds(plain) for _ in range(3))
    print(f"{stage}: {ratio:.2f} times a grid")
    assert ratio < 5
