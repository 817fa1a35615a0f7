"""What the policy network computes, written once for tensors of torch and for arrays of numpy.

A training needs the gradients of torch. A prediction does not, and importing torch takes longer than most predictions:
`rlseg.agent.plain` has the same layers on arrays. Each function is the `forward` of the layer whose name it has
(`rlseg.agent.gnn`, `rlseg.agent.actor`, `rlseg.agent.features`), which says what its arguments are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SLOPE = 0.1
CLIP = 5.0


def actor(layer: Any, node_features: Any, edge_features: Any, graph: Any) -> tuple[Any, Any]:
    """Mean and standard deviation, see `Actor`."""
    nodes = layer.encoder(node_features)
    for message in layer.layers:
        nodes = message(nodes, edge_features, graph)
    outputs, config = layer.head(nodes, edge_features, graph), layer.config
    mu = config.mu_bound * _tanh(outputs[..., 0] / config.mu_bound)
    return mu, config.std_min + (config.std_max - config.std_min) * sigmoid(outputs[..., 1])


def pair_linear(layer: Any, nodes: Any, edge_features: Any, graph: Any, actions: Any) -> tuple[Any, Any]:
    """Both directions of each edge, see `PairLinear`."""
    u, v = graph.edge_index
    receiver, sender = layer.receiver(nodes), layer.sender(nodes)
    # Arrays over edges are large and this is bound by memory: add in place wherever autograd allows it.
    to_u, to_v = _rows(receiver, u), _rows(receiver, v)
    to_u += _rows(sender, v)
    to_v += _rows(sender, u)
    if layer.edge is not None:
        # As a product with a (De, W) matrix: of its two forms of backward this one is 7 times faster.
        shared = edge_features @ _contiguous(layer.edge.weight.T)
        to_u += shared
        to_v += shared
    if layer.action is not None and actions is not None:
        of_action = layer.action(actions.unsqueeze(-1))
        if nodes.ndim == of_action.ndim:
            to_u += of_action
            to_v += of_action
            return to_u, to_v
        return of_action + to_u, of_action.add_(to_v)
    return to_u, to_v


def message_layer(layer: Any, nodes: Any, edge_features: Any, graph: Any, actions: Any = None) -> Any:
    """New node values, see `MessageLayer`."""
    to_u, to_v = messages(layer, nodes, edge_features, graph, actions)
    mean, merged = graph.neighbour_mean(to_u, to_v), None
    if layer.gamma_merged is not None and actions is not None:
        keep = (1 - actions).unsqueeze(-1)
        merged = graph.neighbour_mean(to_u * keep, to_v * keep)
    return updated(layer, nodes, mean, merged)


def messages(layer: Any, nodes: Any, edge_features: Any, graph: Any, actions: Any = None) -> Any:
    """What each edge tells its two ends, see `MessageLayer`."""
    return tuple(leaky(x) for x in layer.phi(nodes, edge_features, graph, actions))


def updated(layer: Any, nodes: Any, mean: Any, merged: Any = None) -> Any:
    """New node values from the old ones and the means of the messages, see `MessageLayer`."""
    hidden = layer.gamma_own(nodes) + layer.gamma_mean(mean)
    if merged is not None:
        hidden = hidden + layer.gamma_merged(merged)
    return layer.norm(nodes + layer.gamma_last(leaky(hidden)))


def edge_head(layer: Any, nodes: Any, edge_features: Any, graph: Any, actions: Any = None) -> Any:
    """Outputs of the edges, see `EdgeHead`."""
    one, other = layer.first(nodes, edge_features, graph, actions)
    return layer.rest(leaky(one) + leaky(other))


def standardiser(layer: Any, values: Any) -> Any:
    """Within [-5, 5], see `Standardiser`."""
    return ((values - layer.mean) / layer.std).clip(-CLIP, CLIP)


def leaky(values: Any) -> Any:
    """LeakyReLU(0.1), in place."""
    if isinstance(values, np.ndarray):
        return np.maximum(values, SLOPE * values, out=values)
    from torch.nn import functional  # it is there already if a tensor is

    return functional.leaky_relu_(values, SLOPE)


def sigmoid(values: Any) -> Any:
    """1 / (1 + exp(-x)); of an array by its tanh, which never overflows."""
    return (1 + np.tanh(values / 2)) / 2 if isinstance(values, np.ndarray) else values.sigmoid()


def _tanh(values: Any) -> Any:
    return np.tanh(values) if isinstance(values, np.ndarray) else values.tanh()


def _rows(values: Any, index: Any) -> Any:
    """A copy of rows, of the last axis but one."""
    return values.take(index, axis=-2) if isinstance(values, np.ndarray) else values.index_select(-2, index)


def _contiguous(values: Any) -> Any:
    return np.ascontiguousarray(values) if isinstance(values, np.ndarray) else values.contiguous()
