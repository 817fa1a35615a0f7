"""Every stage between a file and a trained network, for images of 256, 1,024 and 4,096 pixels squared: `make bench`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from workbench import actions, batch, model, mosaic, note, nuclei_reward, sample

from experiments.analysis.floor import bandwidth, bytes_of
from rlseg.agent.distributions import SquashedNormal
from rlseg.data.prepare import Preparation
from rlseg.data.view import measure_unit_image
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import segment
from rlseg.environment.measured_objects import ObjectTable
from rlseg.environment.partition import solve_multicut
from rlseg.graph.adjacency import cracks, touching
from rlseg.graph.batch import collate
from rlseg.graph.features import edge_features, node_features
from rlseg.graph.subgraphs import extract_subgraphs
from rlseg.graph.sums import FeatureSums
from rlseg.io.read import read_image
from rlseg.training.callbacks.panels import draw_panel
from rlseg.training.learners.noise import step_noise

pytestmark = pytest.mark.bench

SIZES = (256, 1024, 4096)
ROUNDS = {256: 15, 1024: 5, 4096: 1}
sizes = pytest.mark.parametrize("size", SIZES)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def measure(
    benchmark: BenchmarkFixture, size: int, stage: str, call: Callable[[], Any], *reads: Any, **more: object
) -> None:
    """Time a call; what it reads and what it returns are the bytes that no other way of doing it could leave."""
    regions = sample(size).regions
    note(benchmark, f"stage: {stage}", size=size, superpixels=regions.num_nodes, edges=regions.num_edges, **more)
    found = benchmark.pedantic(call, rounds=ROUNDS[size], warmup_rounds=1 if size < SIZES[-1] else 0)
    note(benchmark, "", bytes=bytes_of(reads, found))


def test_bandwidth(benchmark: BenchmarkFixture) -> None:
    """Of this machine's memory: what the floors of all stages are reckoned with."""
    found = []
    benchmark.pedantic(lambda: found.append(bandwidth()), rounds=1)
    note(benchmark, "floor: bandwidth", value=found[0])


@sizes
def test_read(benchmark: BenchmarkFixture, tmp_path: Path, size: int) -> None:
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, mosaic(size)[0].astype(np.uint8), photometric="minisblack")
    measure(benchmark, size, "read", lambda: read_image(path), path)


@sizes
def test_superpixels(benchmark: BenchmarkFixture, size: int) -> None:
    preparation = Preparation()

    def look() -> np.ndarray:
        view = preparation.look(mosaic(size))
        return preparation.superpixels(view.unit.pixels, view.brightness)

    measure(benchmark, size, "superpixels", look, mosaic(size))


@sizes
def test_region_adjacency_graph(benchmark: BenchmarkFixture, size: int) -> None:
    ids, count = sample(size).superpixels, sample(size).regions.num_nodes
    measure(benchmark, size, "region adjacency graph", lambda: touching(ids, *cracks(ids), count), ids)


@sizes
def test_statistics(benchmark: BenchmarkFixture, size: int) -> None:
    preparation = Preparation()
    view = preparation.look(mosaic(size))
    ids = sample(size).superpixels
    call = lambda: measure_unit_image(view.unit, view.level, ids, (1.0, 1.0))  # noqa: E731
    measure(benchmark, size, "graph and statistics", call, view.unit.pixels, view.level, ids)


@sizes
def test_features(benchmark: BenchmarkFixture, size: int) -> None:
    preparation = Preparation()
    view = preparation.look(mosaic(size))
    regions = sample(size).regions

    def features() -> Any:
        sums = FeatureSums.of(regions, *preparation.maps(view))
        return node_features(sums), edge_features(sums)

    measure(benchmark, size, "features", features, view.unit.pixels, regions)


@sizes
def test_subgraphs(benchmark: BenchmarkFixture, size: int) -> None:
    regions = sample(size).regions
    of_sizes = tuple(sample(size).subgraphs)
    call = lambda: extract_subgraphs(regions.edge_index, regions.num_nodes, of_sizes, 0)  # noqa: E731
    measure(benchmark, size, "sub-graphs", call, regions.edge_index)


@sizes
def test_actor(benchmark: BenchmarkFixture, size: int) -> None:
    module, one = model("policy_gradient"), collate([sample(size)])
    with torch.no_grad():
        state = module.state(one)
        actor = module.learner.actor
        reads = (actor, state.nodes, state.edges, one.edge_index)
        measure(benchmark, size, "actor", lambda: actor(state.nodes, state.edges, state.graph), *reads)


PARTITIONS = [(256, 1), (256, 16), (256, 64), (1024, 1), (1024, 16), (4096, 1)]


@pytest.mark.parametrize(("size", "partitions"), PARTITIONS)
def test_multicut(benchmark: BenchmarkFixture, size: int, partitions: int) -> None:
    one, weights = sample(size), actions(sample(size), partitions)
    call = lambda: solve_multicut(one.regions.num_nodes, one.edge_index, weights)  # noqa: E731
    measure(benchmark, size, "multicut", call, one.edge_index, weights, partitions=partitions)


@pytest.mark.parametrize(("size", "partitions"), PARTITIONS)
def test_rewards(benchmark: BenchmarkFixture, size: int, partitions: int) -> None:
    one, weights = sample(size), actions(sample(size), partitions)
    labels = solve_multicut(one.regions.num_nodes, one.edge_index, weights)
    environment = SegmentationEnvironment(nuclei_reward(), threads=1)
    tables = replace(one.regions, superpixels=np.empty((0, 0), np.int32))  # it sees no pixels

    def call() -> np.ndarray:
        return environment.judge(one, labels, weights).edge_reward

    measure(benchmark, size, "rewards", call, tables, labels, weights, partitions=partitions)


@pytest.mark.parametrize(("size", "partitions"), [(256, 1), (256, 16), (1024, 1)])
def test_critic(benchmark: BenchmarkFixture, size: int, partitions: int) -> None:
    module, one = model("guided"), collate([sample(size)])
    weights = actions(sample(size), partitions)
    outcome = SegmentationEnvironment(nuclei_reward(), threads=1).step(sample(size), weights)
    table = ObjectTable.of(outcome.segments)
    described, share = torch.from_numpy(table.features), torch.from_numpy(table.share)
    cut = torch.from_numpy(outcome.cut.astype(np.float32))
    known = torch.from_numpy(weights.astype(np.float32))
    with torch.no_grad():
        state = module.state(one)
        critic = module.learner.critic
        call = lambda: critic(  # noqa: E731
            state.nodes, state.edges, state.graph, known, one.subgraphs, cut, described, share
        )
        reads = (critic, state.nodes, state.edges, one.edge_index, one.subgraphs, known, cut, described, share)
        measure(benchmark, size, "critic", call, *reads, partitions=partitions)


@sizes
def test_validation(benchmark: BenchmarkFixture, size: int) -> None:
    """Multicut, rewards, objects and outlines from given edge weights."""
    module, one = model("policy_gradient"), sample(size)
    weights = actions(one, 1)[0]
    call = lambda: segment(one, weights, module.environment, module.refinement, module.min_score).labels  # noqa: E731
    measure(benchmark, size, "validation", call, one.image, one.regions, one.above, one.below, weights)


@pytest.mark.parametrize("size", SIZES[:2])
def test_picture(benchmark: BenchmarkFixture, size: int) -> None:
    """All panels of one image, the prediction included."""
    module, one = model("policy_gradient"), sample(size)
    measure(benchmark, size, "picture", lambda: draw_panel(module, one), one.image, one.superpixels)


@pytest.mark.parametrize("learner", ["policy_gradient", "guided"])
def test_backward(benchmark: BenchmarkFixture, learner: str) -> None:
    """Of one step on four images of 256 x 256."""
    module, four = model(learner), batch()
    state = module.state(four)
    loss = module.learner.step(state, module.environment, step_noise(0, 0, 0), 0, 0.0).loss
    note(benchmark, "stage: backward", size=256, superpixels=four.num_nodes, edges=four.num_edges, learner=learner)
    benchmark.pedantic(lambda: loss.backward(retain_graph=True), rounds=10, warmup_rounds=1)


def test_the_policy_is_that_of_the_module() -> None:
    """What is timed above is what the module calls."""
    module, one = model("policy_gradient"), collate([sample(256)])
    with torch.no_grad():
        state = module.state(one)
        weights = SquashedNormal(*module.learner.actor(state.nodes, state.edges, state.graph)).mode()
    np.testing.assert_array_equal(module.segment(one)[0].actions, weights.numpy())
