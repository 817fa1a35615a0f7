"""The policy network on arrays, for predictions that do not wait for torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.agent import passes
from rlseg.agent.config import ActorConfig, FeatureConfig
from rlseg.arrays import Ints
from rlseg.jit import jit

Values = npt.NDArray[np.float32]
_EPSILON = 1e-5  # of torch's LayerNorm
# edges, or nodes
_AT_ONCE = 2**17


@dataclass(frozen=True)
class Part:
    """Some edges of a graph, and the nodes at their ends.

    Attributes:
        edges: which edges.
        nodes: (n,) int64, which nodes; or all.
        edge_index: (2, e) int64, the ends of the edges in numbers 0..n-1.
    """

    edges: slice
    nodes: Ints | slice
    edge_index: Ints


@dataclass(frozen=True)
class PlainGraph:
    """A region adjacency graph; see `UnionGraph`.

    Attributes:
        edge_index: (2, E) int64, u < v, each pair once. Messages run both ways.
        num_nodes: N.
    """

    edge_index: Ints
    num_nodes: int

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its edges, so many at a time: messages of all edges of a large image take gigabytes."""
        edges, found = self.edge_index.shape[1], []
        if edges <= _AT_ONCE:
            return (Part(slice(None), slice(None), self.edge_index),)
        for first in range(0, edges, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            nodes, ends = np.unique(self.edge_index[:, part], return_inverse=True)
            found.append(Part(part, nodes, ends.reshape(2, -1)))
        return tuple(found)

    @cached_property
    def _inverse_degree(self) -> Values:
        degree = np.bincount(self.edge_index.ravel(), minlength=self.num_nodes)
        return (1 / np.maximum(degree, 1)).astype(np.float32)[:, None]

    def neighbour_mean(self, messages: Iterable[tuple[Part, Values, Values]], width: int) -> Values:
        """(N, width) mean over the neighbours of each node of the messages of each edge to its ends; else zeros.

        Args:
            messages: of all parts, (e, width) to the first and to the second end of each edge.
            width: of a message.
        """
        total = np.zeros((self.num_nodes, width), np.float32)
        for part, into_u, into_v in messages:
            _add_rows(total, self.edge_index[0, part.edges], into_u)
            _add_rows(total, self.edge_index[1, part.edges], into_v)
        total *= self._inverse_degree
        return total


@jit
def _add_rows(total: Values, index: Ints, rows: Values) -> None:
    for e in range(len(index)):
        for k in range(rows.shape[1]):
            total[index[e], k] += rows[e, k]


@dataclass(frozen=True)
class Linear:
    """x W^T + b, see `torch.nn.Linear`."""

    weight: Values
    bias: Values | None

    def __call__(self, values: Values) -> Values:
        """(..., inputs) to (..., outputs)."""
        product = values @ self.weight.T
        if self.bias is not None:
            product += self.bias
        return product


@dataclass(frozen=True)
class LayerNorm:
    """See `torch.nn.LayerNorm`."""

    weight: Values
    bias: Values

    def __call__(self, values: Values) -> Values:
        """(N, W), each row with mean 0 and variance 1 before weight and bias."""
        centred = values - values.mean(-1, keepdims=True)
        variance = np.square(centred).mean(-1, keepdims=True)
        return centred / np.sqrt(variance + np.float32(_EPSILON)) * self.weight + self.bias


class Layer:
    """A layer of `rlseg.agent.passes`: its parts as attributes, and what it computes."""

    def __init__(self, compute: Callable[..., Any], **parts: Any) -> None:
        self._compute = compute
        self.__dict__.update(parts)

    def __call__(self, *values: Any) -> Any:
        """See the function."""
        return self._compute(self, *values)


class PlainPolicy:
    """Features and actor of a model without a UNet.

    Args:
        weights: of `FeatureExtractor` and `Actor`, by their names in a checkpoint.
        features, actor: their settings.

    Raises:
        KeyError: a weight is missing.
        ValueError: some are left over, they have another width, or the features are learned.
    """

    def __init__(self, weights: Mapping[str, Values], features: FeatureConfig, actor: ActorConfig) -> None:
        if features.unet is not None:
            raise ValueError("learned features need torch")
        left = dict(weights)
        self._features = features
        self._node_standard = _standardiser(left, "networks.node_standard.")
        self._edge_standard = _standardiser(left, "networks.edge_standard.")
        prefix = "learner.actor."
        layers = [_message_layer_of(left, f"{prefix}layers.{number}.") for number in range(actor.depth)]
        encoder, head = _mlp(left, f"{prefix}encoder."), f"{prefix}head."
        first, rest = _pair(left, f"{head}first."), _mlp(left, f"{head}rest.")
        edge_head = Layer(_edge_head, first=first, rest=rest)
        self._actor = Layer(passes.actor, encoder=encoder, layers=layers, head=edge_head, config=actor)
        if left or weights[f"{prefix}encoder.2.weight"].shape[0] != actor.width:
            raise ValueError("these are not the weights of such a policy")

    def actions(self, nodes: Values, edges: Values, edge_index: Ints) -> Values:
        """(E,) the most likely actions, in [0, 1], 1 = cut.

        Args:
            nodes: (N, Dn), edges: (E, De) measured features; of the latter no more than slices are taken.
            edge_index: (2, E).
        """
        seen = self._node_standard(nodes) if self._features.handcrafted else nodes[:, :0]
        between: Any = edges[:, :0]
        if self._features.handcrafted_edges:
            between = (
                self._edge_standard(edges[:]) if len(edges) <= _AT_ONCE else _Standardised(edges, self._edge_standard)
            )
        mean, _ = self._actor(seen, between, PlainGraph(edge_index, len(nodes)))
        return np.asarray(passes.sigmoid(mean), np.float32)


@dataclass(frozen=True)
class _Standardised:
    """Features of many edges, standardised when some are asked for."""

    values: Values
    standard: Layer

    def __getitem__(self, some: slice) -> Values:
        found: Values = self.standard(self.values[some])
        return found


def _standardiser(left: dict[str, Values], prefix: str) -> Layer:
    return Layer(passes.standardiser, mean=left.pop(f"{prefix}mean"), std=left.pop(f"{prefix}std"))


def _linear(left: dict[str, Values], name: str) -> Linear:
    return Linear(left.pop(f"{name}.weight"), left.pop(f"{name}.bias", None))


def _mlp(left: dict[str, Values], prefix: str) -> Callable[[Values], Values]:
    first, last = _linear(left, f"{prefix}0"), _linear(left, f"{prefix}2")
    return lambda values: last(passes.leaky(first(values)))


def _pair(left: dict[str, Values], prefix: str) -> Layer:
    receiver, sender = _linear(left, f"{prefix}receiver"), _linear(left, f"{prefix}sender")
    edge = _linear(left, f"{prefix}edge") if f"{prefix}edge.weight" in left else None
    return Layer(passes.pair_linear, receiver=receiver, sender=sender, edge=edge, action=None)


def _message_layer(layer: Any, nodes: Values, edge_features: Values, graph: PlainGraph) -> Values:
    """`passes.message_layer` of some edges at a time, and of some nodes."""
    messages = (
        (part, *passes.messages(layer, nodes[part.nodes], edge_features[part.edges], part)) for part in graph.parts
    )
    mean = graph.neighbour_mean(messages, len(layer.gamma_mean.weight[0]))
    # the means are overwritten where they have been used: of a large volume either is most of a gigabyte
    found = mean if mean.shape == nodes.shape else np.empty_like(nodes)
    for first in range(0, len(nodes), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        found[some] = passes.updated(layer, nodes[some], mean[some])
    return found


def _edge_head(layer: Any, nodes: Values, edge_features: Values, graph: PlainGraph) -> Values:
    """`passes.edge_head` of some edges at a time."""
    found = [passes.edge_head(layer, nodes[part.nodes], edge_features[part.edges], part) for part in graph.parts]
    return np.concatenate(found)


def _message_layer_of(left: dict[str, Values], prefix: str) -> Layer:
    norm = LayerNorm(left.pop(f"{prefix}norm.weight"), left.pop(f"{prefix}norm.bias"))
    parts = {name: _linear(left, prefix + name) for name in ("gamma_own", "gamma_mean", "gamma_last")}
    pair = _pair(left, f"{prefix}phi.")
    return Layer(_message_layer, phi=pair, norm=norm, gamma_merged=None, **parts)
