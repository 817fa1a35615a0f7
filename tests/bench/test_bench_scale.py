"""How the cost of each stage grows with the number of superpixels, from a hundred to a million: `make bench`."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from test_bench_targets import cells
from workbench import model, note, nuclei_reward_of_objects

from rlseg.agent.union_graph import UnionGraph
from rlseg.environment.solvers.contraction import Contraction
from rlseg.graph.adjacency import cracks, touching
from rlseg.graph.rag import measure_regions
from rlseg.graph.subgraphs import extract_subgraphs
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments

pytestmark = pytest.mark.bench

SIDES = {100: 70, 1000: 221, 10_000: 700, 100_000: 2213, 1_000_000: 7000}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@lru_cache(maxsize=1)
def regions_of(superpixels: int) -> RegionStatistics:
    side = SIDES[superpixels]
    image = np.random.default_rng(0).random((1, side, side), np.float32).astype(np.float64)
    return measure_regions(image, cells(side, 7))


def graph_alone(regions: RegionStatistics) -> Callable[[], Any]:
    return lambda: touching(regions.superpixels, *cracks(regions.superpixels), regions.num_nodes)


def statistics(regions: RegionStatistics) -> Callable[[], Any]:
    image = np.zeros((1, *regions.shape))
    return lambda: measure_regions(image, regions.superpixels)


def subgraphs(regions: RegionStatistics) -> Callable[[], Any]:
    return lambda: extract_subgraphs(regions.edge_index, regions.num_nodes, (3, 9))


def overlapping(regions: RegionStatistics) -> Callable[[], Any]:
    return lambda: extract_subgraphs(regions.edge_index, regions.num_nodes, (3, 9), overlap=1)


def multicut(regions: RegionStatistics) -> Callable[[], Any]:
    costs = np.random.default_rng(0).normal(0, 1.5, (1, regions.num_edges))
    return lambda: Contraction().solve(regions.num_nodes, regions.edge_index, costs)


def rewards(regions: RegionStatistics) -> Callable[[], Any]:
    """Of blocks of about nine superpixels."""
    costs = np.random.default_rng(0).normal(0.3, 1.5, (1, regions.num_edges))
    labels = Contraction().solve(regions.num_nodes, regions.edge_index, costs)
    reward = nuclei_reward_of_objects()
    return lambda: reward.evaluate(Segments(regions, labels)).edge_score


def actor(regions: RegionStatistics) -> Callable[[], Any]:
    module = model("policy_gradient")
    columns = module.columns
    assert columns is not None
    nodes, edges = torch.zeros(regions.num_nodes, columns.node), torch.zeros(regions.num_edges, columns.edge)
    index = torch.from_numpy(regions.edge_index)

    @torch.no_grad()
    def call() -> Any:
        joined = module.networks.join(nodes, edges, index, None)
        return module.learner.actor(*joined, UnionGraph.single(index, regions.num_nodes))

    return call


STAGES = {
    "region adjacency graph": graph_alone,
    "graph and statistics": statistics,
    "sub-graphs": subgraphs,
    "sub-graphs that overlap": overlapping,
    "multicut": multicut,
    "rewards": rewards,
    "actor": actor,
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("superpixels", SIDES)
def test_scale(benchmark: BenchmarkFixture, stage: str, superpixels: int) -> None:
    regions = regions_of(superpixels)
    call = STAGES[stage](regions)
    note(benchmark, f"scale: {stage}", superpixels=regions.num_nodes, edges=regions.num_edges)
    small = superpixels <= 10_000
    benchmark.pedantic(call, rounds=7 if small else 3, warmup_rounds=1)
