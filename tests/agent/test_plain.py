"""The policy on arrays, beside that of torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rlseg.agent.actor import Actor
from rlseg.agent.config import ActorConfig, FeatureConfig
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.features import FeatureExtractor
from rlseg.agent.moments import Moments
from rlseg.agent.plain import PlainGraph, PlainPolicy
from rlseg.agent.union_graph import UnionGraph
from rlseg.prediction.tiling.aside import ArrayAside

NODES, EDGES = 7, 4


class Networks(nn.Module):
    """Features and actor, named as in a checkpoint."""

    def __init__(self, features: FeatureConfig, config: ActorConfig) -> None:
        super().__init__()
        self.networks = FeatureExtractor(features, NODES, EDGES)
        self.learner = nn.Module()
        self.learner.actor = Actor(self.networks.node_dim, self.networks.edge_dim, config)

    def modes(self, nodes: np.ndarray, edges: np.ndarray, edge_index: np.ndarray) -> np.ndarray:
        index = torch.from_numpy(edge_index)
        with torch.no_grad():
            seen = self.networks(torch.from_numpy(nodes), torch.from_numpy(edges), index)
            graph = UnionGraph.single(index, len(nodes))
            return np.asarray(SquashedNormal(*self.learner.actor(*seen, graph)).mode())

    def weights(self) -> dict[str, np.ndarray]:
        return {name: values.numpy() for name, values in self.state_dict().items()}


def drawn(seed: int, features: FeatureConfig, config: ActorConfig) -> Networks:
    torch.manual_seed(seed)
    networks = Networks(features, config)
    for standard, values in (
        (networks.networks.node_standard, 3 + 2 * torch.randn(50, NODES)),
        (networks.networks.edge_standard, torch.randn(50, EDGES)),
    ):
        moments = Moments(values.shape[1])
        moments.add(values)
        standard.fit(moments)
    return networks


def graph(seed: int, nodes: int, edges: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, nodes, (2, edges)), axis=0)
    pairs = np.unique(pairs[:, pairs[0] < pairs[1]], axis=1)
    values = (rng.normal(3, 4, size).astype(np.float32) for size in ((nodes, NODES), (pairs.shape[1], EDGES)))
    return *values, pairs.astype(np.int64)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(2, 60),
    edges=st.integers(0, 150),
    depth=st.integers(1, 3),
    width=st.sampled_from([4, 16, 48]),
    between=st.booleans(),
)
def test_it_is_the_policy_of_torch(seed: int, nodes: int, edges: int, depth: int, width: int, between: bool) -> None:
    features, config = FeatureConfig(handcrafted_edges=between), ActorConfig(depth=depth, width=width)
    networks = drawn(seed, features, config)
    given_graph = graph(seed, nodes, edges)
    found = PlainPolicy(networks.weights(), features, config).actions(*given_graph)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, networks.modes(*given_graph), rtol=0, atol=1e-5)


@pytest.mark.parametrize("spoil", ["missing", "more", "width", "depth"])
def test_other_weights_are_refused(spoil: str) -> None:
    weights = drawn(0, FeatureConfig(), ActorConfig()).weights()
    config = ActorConfig()
    if spoil == "missing":
        del weights["learner.actor.head.rest.2.bias"], weights["learner.actor.encoder.0.weight"]
    elif spoil == "more":
        weights["learner.critic.x"] = np.zeros(1, np.float32)
    elif spoil == "width":
        config = ActorConfig(width=config.width + 1)
    else:
        config = ActorConfig(depth=config.depth + 1)
    with pytest.raises((KeyError, ValueError)):
        PlainPolicy(weights, FeatureConfig(), config)


@pytest.mark.parametrize("at_once", [1, 7, 50])
def test_a_large_graph_is_worked_on_in_parts(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = drawn(3, FeatureConfig(), ActorConfig())
    policy = PlainPolicy(networks.weights(), FeatureConfig(), ActorConfig())
    nodes, edges, edge_index = graph(5, 90, 150)
    whole = policy.actions(nodes, edges, edge_index)
    monkeypatch.setattr("rlseg.agent.plain._AT_ONCE", at_once)
    assert len(PlainGraph(edge_index, len(nodes)).parts) == -(-len(whole) // at_once) > 1
    np.testing.assert_allclose(policy.actions(nodes, edges, edge_index), whole, atol=1e-6)


@pytest.mark.parametrize("at_once", [7, 500])
@pytest.mark.parametrize("between", [False, True])
def test_edges_may_wait_in_a_file(at_once: int, between: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    features = FeatureConfig(handcrafted_edges=between)
    policy = PlainPolicy(drawn(3, features, ActorConfig()).weights(), features, ActorConfig())
    monkeypatch.setattr("rlseg.agent.plain._AT_ONCE", at_once)
    nodes, edges, edge_index = graph(5, 90, 150)
    expected = policy.actions(nodes, edges, edge_index)
    np.testing.assert_array_equal(policy.actions(nodes, ArrayAside.of(edges), edge_index), expected)  # type: ignore[arg-type]
