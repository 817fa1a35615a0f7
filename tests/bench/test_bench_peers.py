"""Each part against what a user would have otherwise, in the same process, with the same result: `make bench`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import bioimage_cpp as bic
import networkx as nx
import numpy as np
import pytest
import skimage.graph
import skimage.segmentation
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from scipy import ndimage
from skimage.measure import label, regionprops, regionprops_table
from skimage.morphology import local_minima
from torch import nn
from torch_geometric.nn import MessagePassing
from workbench import actions, batch, good_objects, model, mosaic, note, nuclei_reward_of_objects, sample

from rlseg.agent.gnn import MessageLayer
from rlseg.data.filters.basins import watershed
from rlseg.data.prepare import Preparation
from rlseg.data.view import measure_unit_image
from rlseg.environment.partition import multicut_costs
from rlseg.environment.solvers import SOLVERS
from rlseg.graph.adjacency import cracks, touching
from rlseg.graph.subgraphs import extract_subgraphs
from rlseg.rewards.kernels import deviation
from rlseg.rewards.measure.segments import Segments

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def time_call(benchmark: BenchmarkFixture, group: str, who: str, call: Callable[[], Any], rounds: int) -> None:
    note(benchmark, f"peer: {group}", who=who)
    benchmark.pedantic(call, rounds=rounds, warmup_rounds=1)


# --- region adjacency graph and statistics, 1,024 x 1,024 ---


@pytest.mark.parametrize("who", ["rlseg", "skimage", "bioimage_cpp, 65,536 levels"])
def test_watershed(benchmark: BenchmarkFixture, who: str) -> None:
    """Of the brightness of 1,024 x 1,024 pixels, from all its regional maxima."""
    noise = 1e-3 * np.random.default_rng(0).random((1024, 1024))  # who comes first of tied heights is no matter here
    height = -ndimage.gaussian_filter(mosaic(1024)[0] + noise, 1.0)
    markers = label(local_minima(height)).astype(np.int32)
    calls: dict[str, Callable[[], np.ndarray]] = {
        "rlseg": lambda: watershed(height, markers),
        "skimage": lambda: skimage.segmentation.watershed(height, markers),
        "bioimage_cpp, 65,536 levels": lambda: bic.segmentation.watershed(height, markers),
    }
    elsewhere = float(np.mean(calls[who]() != calls["skimage"]()))
    assert who != "rlseg" or elsewhere == 0
    if elsewhere:
        who += f" ({100 * elsewhere:.2g} % of the pixels elsewhere)"
    time_call(benchmark, "watershed of 1,024 x 1,024", who, calls[who.split(" (")[0]], 3)


@pytest.mark.parametrize("who", ["rlseg", "bioimage_cpp", "skimage.graph.RAG"])
def test_graph(benchmark: BenchmarkFixture, who: str) -> None:
    ids, regions = sample(1024).superpixels, sample(1024).regions
    if who == "rlseg":
        call = lambda: touching(ids, *cracks(ids), regions.num_nodes)  # noqa: E731
        time_call(benchmark, "region adjacency graph of 1,024 x 1,024", who, call, 5)
    elif who == "bioimage_cpp":
        unsigned = ids.astype(np.uint32)
        call = lambda: bic.graph.region_adjacency_graph(unsigned)  # noqa: E731
        np.testing.assert_array_equal(call().uv_ids(), regions.edge_index.T)
        time_call(benchmark, "region adjacency graph of 1,024 x 1,024", who, call, 5)
    else:
        call = lambda: skimage.graph.RAG(ids, connectivity=1)  # noqa: E731
        found = {tuple(sorted(edge)) for edge in call().edges}
        assert found == {tuple(edge) for edge in regions.edge_index.T.tolist()}
        time_call(benchmark, "region adjacency graph of 1,024 x 1,024", who, call, 1)


MEASURED = ("area", "centroid", "bbox", "axis_major_length", "axis_minor_length", "intensity_mean", "intensity_std")


@pytest.mark.parametrize("who", ["rlseg", "skimage regionprops_table"])
def test_statistics(benchmark: BenchmarkFixture, who: str) -> None:
    """Areas, moments, boxes and intensities; rlseg's also holds the graph and what its edges need."""
    one = sample(1024)
    preparation = Preparation()
    view = preparation.look(one.image)
    group = "statistics of all superpixels of 1,024 x 1,024"
    if who == "rlseg":
        time_call(
            benchmark, group, who, lambda: measure_unit_image(view.unit, view.level, one.superpixels, (1.0, 1.0)), 5
        )
    else:
        labels, pixels = one.superpixels + 1, view.unit.pixels[0]
        time_call(benchmark, group, who, lambda: regionprops_table(labels, pixels, properties=MEASURED), 1)


@pytest.mark.parametrize("who", ["rlseg", "networkx"])
def test_subgraphs(benchmark: BenchmarkFixture, who: str) -> None:
    """Connected sets of 9 edges that cover all, of a graph of about 700 nodes."""
    regions = sample(256).regions
    u, v = regions.edge_index.tolist()

    def with_networkx() -> list[list[tuple[int, int]]]:
        graph = nx.Graph(zip(u, v, strict=True))
        covered: set[tuple[int, int]] = set()
        found = []
        for seed in graph.edges:
            if tuple(sorted(seed)) in covered:
                continue
            members = [tuple(sorted(seed))]
            for edge in nx.edge_bfs(graph, list(seed)):
                if len(members) == 9:
                    break
                if tuple(sorted(edge)) not in members:
                    members.append(tuple(sorted(edge)))
            covered.update(members)
            found.append(members)
        return found

    ours = lambda: extract_subgraphs(regions.edge_index, regions.num_nodes, (9,))  # noqa: E731
    time_call(benchmark, "sub-graphs of 256 x 256", who, ours if who == "rlseg" else with_networkx, 5)


@pytest.mark.parametrize("who", ["rlseg", "networkx"])
def test_overlapping_subgraphs(benchmark: BenchmarkFixture, who: str) -> None:
    """Connected sets of 32 edges that cover all, each grown by the node that most edges join with it."""
    regions = sample(256).regions
    u, v = regions.edge_index.tolist()

    def with_networkx() -> list[list[tuple[int, int]]]:
        graph = nx.Graph(zip(u, v, strict=True))
        covered: set[tuple[int, int]] = set()
        found = []
        for seed in graph.edges:
            if tuple(sorted(seed)) in covered:
                continue
            inside, members = set(seed), [tuple(sorted(seed))]
            touches = Counter(other for node in seed for other in graph[node] if other not in inside)
            while len(members) < 32 and touches:
                node = max(touches, key=touches.__getitem__)
                del touches[node]
                members += [tuple(sorted((node, other))) for other in graph[node] if other in inside]
                inside.add(node)
                touches.update(other for other in graph[node] if other not in inside)
            covered.update(members[:32])
            found.append(members[:32])
        return found

    ours = lambda: extract_subgraphs(regions.edge_index, regions.num_nodes, (32,), overlap=1)  # noqa: E731
    group = "sub-graphs that overlap, of 256 x 256"
    time_call(benchmark, group, who, ours if who == "rlseg" else with_networkx, 5)


# --- multicut ---


@pytest.mark.parametrize("partitions", [1, 16, 64])
@pytest.mark.parametrize("who", ["contraction", "bioimage_cpp", "kernighan_lin"])
def test_multicut(benchmark: BenchmarkFixture, who: str, partitions: int) -> None:
    one, solver = sample(256), SOLVERS[who]()  # type: ignore[index]
    costs = multicut_costs(actions(one, partitions))
    call = lambda: solver.solve(one.regions.num_nodes, one.edge_index, costs)  # noqa: E731
    time_call(benchmark, f"multicut of {partitions} partition(s), 256 x 256", who, call, 5)


# --- rewards ---


def reward_by_objects(labels: np.ndarray, image: np.ndarray, level: np.ndarray) -> np.ndarray:
    """What every object is paid by `nuclei_reward_of_objects`, one object after the other on its pixels."""
    group = nuclei_reward_of_objects().file.rewards["foreground"]
    terms = group.terms  # type: ignore[union-attr]
    objects = regionprops(labels, image)
    scores = np.zeros(len(objects))
    for i, thing in enumerate(objects):
        inside = labels == thing.label
        rows, columns = np.nonzero(inside)
        # a pixel at the outline has a neighbour in another object
        levels, steps, across = [], [], []
        for r, c in zip(rows, columns, strict=True):
            for y, x in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if 0 <= y < labels.shape[0] and 0 <= x < labels.shape[1] and not inside[y, x]:
                    levels.append((level[r, c] + level[y, x]) / 2)
                    steps.append(abs(level[r, c] - level[y, x]))
                    beyond = [(y + k * (y - r), x + k * (x - c)) for k in range(3)]
                    within = [image[p] for p in beyond if 0 <= p[0] < labels.shape[0] and 0 <= p[1] < labels.shape[1]]
                    across.append(np.mean(within))
        large, small = (thing.axis_major_length / 4) ** 2, (thing.axis_minor_length / 4) ** 2
        known = {
            "ellipse_fill": thing.area / (4 * np.pi * np.sqrt((large + 1 / 12) * (small + 1 / 12))),
            "contrast": thing.intensity_mean - np.mean(across),
            "outline_level": np.mean(levels),
            "outline_step": np.mean(steps),
        }
        product = 1.0
        for term in terms.values():
            value = known[term.property] if term.property in known else getattr(thing, term.property)
            low, high = np.broadcast_to(term.expected, 2)
            z = deviation(np.array([value]), low, high, term.side)[0] / term.scale
            product *= np.exp(-0.5 * z * z) ** (1 / len(terms))
        scores[i] = np.exp(group.sharpness * (product - 1))  # type: ignore[union-attr]
    return scores


@pytest.mark.parametrize("who", ["rlseg", "objects one by one"])
def test_rewards(benchmark: BenchmarkFixture, who: str) -> None:
    """The nine descriptors and the score of each object, of one segmentation of 256 x 256."""
    one, reward = sample(256), nuclei_reward_of_objects()
    # the two ways see the same superpixels; the neighbours of an object are objects to both
    objects = np.unique(good_objects(one), return_inverse=True)[1]
    labels = objects[one.superpixels] + 1

    def ours() -> np.ndarray:
        segments = Segments(one.regions, objects[None])
        return reward.evaluate(segments).foreground_score

    segments = Segments(one.regions, objects[None])
    found = np.zeros(segments.count)
    found[segments.labels[0]] = 1.0
    if who == "rlseg":
        time_call(benchmark, "reward of one segmentation, 256 x 256", who, ours, 20)
        return
    slowly = reward_by_objects(labels, one.image[0], one.level)
    first = np.unique(objects, return_index=True)[1]
    mine = ours()[segments.labels[0][first]]
    foreground = mine > 0
    assert foreground.sum() > 10
    np.testing.assert_allclose(mine[foreground], slowly[foreground], atol=1e-5)
    call = lambda: reward_by_objects(labels, one.image[0], one.level)  # noqa: E731
    time_call(benchmark, "reward of one segmentation, 256 x 256", who, call, 1)


# --- networks ---


class PlainLayer(MessagePassing):
    """Eq. 1 as it stands: phi of the concatenation on every directed edge, the mean, gamma."""

    def __init__(self, width: int, edge_dim: int, hidden: int, norm: type[nn.Module]) -> None:
        super().__init__(aggr="mean")
        act = nn.LeakyReLU(0.1)
        self.phi = nn.Sequential(
            nn.Linear(2 * width + edge_dim, hidden), norm(hidden), act, nn.Linear(hidden, hidden), norm(hidden), act
        )
        self.gamma = nn.Sequential(nn.Linear(width + hidden, hidden), norm(hidden), act, nn.Linear(hidden, width))

    def forward(self, nodes: torch.Tensor, edges: torch.Tensor, edge_index: torch.Tensor) -> torch.Tensor:
        return self.gamma(torch.cat([nodes, self.propagate(edge_index, x=nodes, e=edges)], 1))

    def message(self, x_i: torch.Tensor, x_j: torch.Tensor, e: torch.Tensor) -> torch.Tensor:
        return self.phi(torch.cat([x_i, x_j, e], 1))


@pytest.mark.parametrize("who", ["rlseg", "PyG, Eq. 1 as it stands", "PyG, 2028 wide with BatchNorm"])
def test_message_passing(benchmark: BenchmarkFixture, who: str) -> None:
    """One layer forward and backward on four images; the widest is that of the authors' code."""
    four = batch()
    state = model("policy_gradient").state(four)
    width = model("policy_gradient").learner.actor.config.width
    nodes = torch.randn(four.num_nodes, width, generator=torch.Generator().manual_seed(0))
    edges = state.edges.detach()
    both = torch.cat([four.edge_index, four.edge_index.flip(0)], 1)
    twice = torch.cat([edges, edges])
    if who == "rlseg":
        ours = MessageLayer(width, edges.shape[1])
        call = lambda: ours(nodes, edges, state.graph).sum().backward()  # noqa: E731
    else:
        wide = "2028" in who
        theirs = PlainLayer(width, edges.shape[1], 2028 if wide else width, nn.BatchNorm1d if wide else nn.Identity)
        call = lambda: theirs(nodes, twice, both).sum().backward()  # noqa: E731
    time_call(benchmark, "message passing, forward and backward, four images", who, call, 2 if "2028" in who else 10)


def scatter_mean(values: torch.Tensor, ids: torch.Tensor, count: int) -> torch.Tensor:
    """What torch_scatter.scatter_mean does, in plain torch: (C, P) to (C, count)."""
    index = ids.expand_as(values)
    total = values.new_zeros(len(values), count).scatter_add_(1, index, values)
    return total / torch.bincount(ids, minlength=count)


@pytest.mark.parametrize("who", ["rlseg (PyG)", "plain torch", "torch_scatter", "scipy.ndimage.mean"])
def test_pooling(benchmark: BenchmarkFixture, who: str) -> None:
    """16 maps of 256 x 256 to the means of all superpixels."""
    from rlseg.agent.pooling import pool_mean

    one = sample(256)
    count = one.regions.num_nodes
    maps = torch.randn(16, 256, 256, generator=torch.Generator().manual_seed(0))
    ids = torch.from_numpy(one.superpixels.astype(np.int64))
    expected = scatter_mean(maps.flatten(1), ids.flatten(), count).T
    if who == "torch_scatter":
        scatter = pytest.importorskip("torch_scatter", reason="rlseg[scatter] is not installed")
        call = lambda: scatter.scatter_mean(maps.flatten(1), ids.flatten(), dim=1)  # noqa: E731
    elif who == "plain torch":
        call = lambda: scatter_mean(maps.flatten(1), ids.flatten(), count)  # noqa: E731
    elif who == "scipy.ndimage.mean":
        call = lambda: [ndimage.mean(m, one.superpixels, np.arange(count)) for m in maps.numpy()]  # noqa: E731
    else:
        torch.testing.assert_close(pool_mean(maps, ids, count), expected, atol=1e-5, rtol=1e-5)
        call = lambda: pool_mean(maps, ids, count)  # noqa: E731
    time_call(benchmark, "mean of 16 maps over superpixels, 256 x 256", who, call, 10)
