"""Edge weights to objects by minimum cost multicut."""

from __future__ import annotations

import bioimage_cpp as bic
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from rlseg.environment.contraction import contract_greedily

Ints = npt.NDArray[np.int64]

CLIP = 1e-3
LARGE = 50_000
"""Edges above which a graph is a large image, whose background may touch ten thousands of superpixels."""


def multicut_costs(actions: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """log((1 - a) / a) with a clipped to [0.001, 0.999]: positive costs attract, negative ones repel. Same shape."""
    clipped = np.clip(actions, CLIP, 1 - CLIP, dtype=np.float64)
    return np.log((1 - clipped) / clipped)


def solve_multicut(
    num_nodes: int, edge_index: Ints, actions: npt.NDArray[np.floating], exact: bool = False
) -> npt.NDArray[np.int64]:
    """Partition one graph K times, by greedy additive edge contraction (Keuper et al. 2015).

    Args:
        num_nodes: N.
        edge_index: (2, E) int64, u < v, sorted, each pair once.
        actions: (K, E) in (0, 1); 1 = cut.
        exact: refine each partition by Kernighan-Lin, the paper's solver. Slow above some thousand superpixels.

    Returns:
        (K, N) int64 labels in 0..N-1 of each row.

    Raises:
        ValueError: actions that are not finite.
    """
    samples = len(actions)
    if not np.isfinite(actions).all():
        raise ValueError("actions must be finite")
    if edge_index.shape[1] == 0 or samples == 0:
        return np.tile(np.arange(num_nodes), (samples, 1))
    if samples == 1 and edge_index.shape[1] > LARGE and not exact:
        return contract_greedily(num_nodes, edge_index, multicut_costs(actions[0]))[None]
    # one disjoint union graph: the same result as K calls, without their overhead
    shift = np.arange(samples) * num_nodes
    union = (edge_index.T[None] + shift[:, None, None]).reshape(-1, 2)
    graph = bic.graph.UndirectedGraph.from_unique_edges(samples * num_nodes, union.astype(np.uint64))
    objective = bic.graph.multicut.MulticutObjective(graph, multicut_costs(actions).ravel())
    labels = bic.graph.multicut.GreedyAdditiveMulticut().optimize(objective)
    if exact:
        # it may leave segments that fall apart, at the same cost
        labels = _pieces(union, bic.graph.multicut.KernighanLinMulticut().optimize(objective))
    labels = np.asarray(labels, dtype=np.int64).reshape(samples, num_nodes)
    return _in_rows(labels)


def _pieces(edges: Ints, labels: npt.NDArray[np.integer]) -> Ints:
    """Connected components of the (M, 2) edges that join nodes of one label."""
    u, v = edges[labels[edges[:, 0]] == labels[edges[:, 1]]].T
    joined = coo_matrix((np.ones(len(u), np.int8), (u, v)), shape=(len(labels), len(labels)))
    return connected_components(joined, directed=False)[1].astype(np.int64)


def _in_rows(labels: Ints) -> Ints:
    """Labels of a union graph as 0..N-1 in each row."""
    low = labels.min(axis=1, keepdims=True)
    if (labels - low < labels.shape[1]).all():
        return labels - low
    return np.stack([np.unique(row, return_inverse=True)[1] for row in labels])
