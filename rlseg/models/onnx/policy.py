"""The network on the graph of superpixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.agent import CLIP, SLOPE, ActorConfig, FeatureConfig
from rlseg.models.onnx.build import Graph

Weights = Mapping[str, Any]
_EPSILON = 1e-5  # of torch's LayerNorm


def policy_network(
    weights: Weights, features: FeatureConfig, actor: ActorConfig, columns: tuple[int, int], notes: Mapping[str, str]
) -> bytes:
    """Features and actor as ONNX, from what is measured of a graph of any size to the policy of its edges.

    Inputs: node_features (N, Dn) and edge_features (E, De) as measured, where the model looks at them; pixel_features
    (N, C), the mean over each superpixel of what the network on pixels gives, where there is one; edge_index (2, E)
    int64, each pair once. Outputs, (E,) each: mean and deviation of the policy, and action = sigmoid(mean), 1 = cut.

    Args:
        weights: arrays by their names in a checkpoint.
        features, actor: settings.
        columns: Dn, De.
        notes: kept in the file.
    """
    graph = Graph()
    inputs: dict[str, tuple[npt.DTypeLike, list[int | str]]] = {}
    nodes, edges = [], []
    u, v = (graph.add("Gather", "edge_index", graph.constant(end, np.int64), axis=0) for end in (0, 1))
    if features.handcrafted:
        inputs["node_features"] = np.float32, ["nodes", columns[0]]
        nodes.append(_standard(graph, "node_features", weights, "networks.node_standard."))
    if features.handcrafted_edges and columns[1]:
        inputs["edge_features"] = np.float32, ["edges", columns[1]]
        edges.append(_standard(graph, "edge_features", weights, "networks.edge_standard."))
    if features.unet is not None:
        inputs["pixel_features"] = np.float32, ["nodes", features.unet.out_channels]
        nodes.append("pixel_features")
        edges.append(_distance(graph, "pixel_features", u, v))
    inputs["edge_index"] = np.int64, [2, "edges"]
    of_nodes = graph.add("Concat", *nodes, axis=1)
    of_edges = graph.add("Concat", *edges, axis=1) if edges else None
    mean, deviation = _actor(graph, weights, actor, of_nodes, of_edges, (u, v))
    outputs = {"mean": mean, "deviation": deviation, "action": graph.add("Sigmoid", mean)}
    return graph.model("policy", inputs, {name: (value, ["edges"]) for name, value in outputs.items()}, notes)


def _standard(graph: Graph, values: str, weights: Weights, prefix: str) -> str:
    """See `Standardiser`."""
    mean, std = (graph.constant(weights[f"{prefix}{name}"]) for name in ("mean", "std"))
    standard = graph.add("Div", graph.add("Sub", values, mean), std)
    return graph.add("Clip", standard, graph.constant(-CLIP), graph.constant(CLIP))


def _distance(graph: Graph, values: str, u: str, v: str) -> str:
    """See `embedding_distance`."""
    difference = graph.add("Sub", *(graph.add("Gather", values, end, axis=0) for end in (u, v)))
    square = graph.add(
        "ReduceMean", graph.add("Mul", difference, difference), graph.constant([1], np.int64), keepdims=1
    )
    return graph.add("Sqrt", graph.add("Add", square, graph.constant(1e-6)))


def _actor(
    graph: Graph, weights: Weights, config: ActorConfig, nodes: str, edges: str | None, ends: tuple[str, str]
) -> tuple[str, str]:
    """See `Actor`: mean and deviation, (E,) each."""
    prefix = "learner.actor."
    nodes = _mlp(graph, weights, f"{prefix}encoder.", nodes)
    for number in range(config.depth):
        nodes = _message(graph, weights, f"{prefix}layers.{number}.", nodes, edges, ends)
    one, other = (
        graph.leaky(value, SLOPE) for value in _pair(graph, weights, f"{prefix}head.first.", nodes, edges, ends)
    )
    outputs = _mlp(graph, weights, f"{prefix}head.rest.", graph.add("Add", one, other))
    first, second = (graph.add("Gather", outputs, graph.constant(n, np.int64), axis=1) for n in (0, 1))
    bound = graph.constant(config.mu_bound)
    mean = graph.add("Mul", bound, graph.add("Tanh", graph.add("Div", first, bound)))
    wide = graph.add("Mul", graph.constant(config.std_max - config.std_min), graph.add("Sigmoid", second))
    return mean, graph.add("Add", graph.constant(config.std_min), wide)


def _mlp(graph: Graph, weights: Weights, prefix: str, values: str) -> str:
    hidden = graph.linear(values, weights[f"{prefix}0.weight"], weights[f"{prefix}0.bias"])
    return graph.linear(graph.leaky(hidden, SLOPE), weights[f"{prefix}2.weight"], weights[f"{prefix}2.bias"])


def _pair(
    graph: Graph, weights: Weights, prefix: str, nodes: str, edges: str | None, ends: tuple[str, str]
) -> tuple[str, str]:
    """See `PairLinear`: both directions of each edge."""
    receiver = graph.linear(nodes, weights[f"{prefix}receiver.weight"], weights[f"{prefix}receiver.bias"])
    sender = graph.linear(nodes, weights[f"{prefix}sender.weight"])
    shared = None if edges is None else graph.linear(edges, weights[f"{prefix}edge.weight"])
    found = []
    for to, source in (ends, ends[::-1]):
        value = graph.add("Add", graph.add("Gather", receiver, to, axis=0), graph.add("Gather", sender, source, axis=0))
        found.append(value if shared is None else graph.add("Add", value, shared))
    return found[0], found[1]


def _message(graph: Graph, weights: Weights, prefix: str, nodes: str, edges: str | None, ends: tuple[str, str]) -> str:
    """See `MessageLayer`."""
    messages = [graph.leaky(value, SLOPE) for value in _pair(graph, weights, f"{prefix}phi.", nodes, edges, ends)]
    mean = _neighbour_mean(graph, nodes, messages, ends)
    own = graph.linear(nodes, weights[f"{prefix}gamma_own.weight"], weights[f"{prefix}gamma_own.bias"])
    hidden = graph.leaky(graph.add("Add", own, graph.linear(mean, weights[f"{prefix}gamma_mean.weight"])), SLOPE)
    change = graph.linear(hidden, weights[f"{prefix}gamma_last.weight"], weights[f"{prefix}gamma_last.bias"])
    scale, shift = (graph.constant(weights[f"{prefix}norm.{name}"]) for name in ("weight", "bias"))
    return graph.add("LayerNormalization", graph.add("Add", nodes, change), scale, shift, axis=-1, epsilon=_EPSILON)


def _neighbour_mean(graph: Graph, nodes: str, messages: list[str], ends: tuple[str, str]) -> str:
    """See `UnionGraph.neighbour_mean`."""
    last = graph.constant([1], np.int64)
    places = [graph.add("Unsqueeze", end, last) for end in ends]
    total = graph.add("ConstantOfShape", graph.add("Shape", nodes))
    degree = graph.add("ConstantOfShape", graph.add("Concat", graph.size(nodes, 0), last, axis=0))
    for place, message in zip(places, messages, strict=True):
        # and not ScatterND, of which onnxruntime loses sums on several threads
        wide = graph.add("Expand", place, graph.add("Shape", message))
        total = graph.add("ScatterElements", total, wide, message, axis=0, reduction="add")
        one = graph.add("Add", graph.add("ConstantOfShape", graph.add("Shape", place)), graph.constant(1))
        degree = graph.add("ScatterElements", degree, place, one, axis=0, reduction="add")
    return graph.add("Div", total, graph.add("Max", degree, graph.constant([1])))
