"""From edges to sub-graphs and back, batched over K samples."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

Subgraphs = Mapping[int, Tensor]
"""Size k -> (S_k, k) int64 edge ids. S_k may be 0, a size may be missing."""


def subgraph_mean(edge_values: Tensor, subgraphs: Subgraphs) -> dict[int, Tensor]:
    """Mean of an edge quantity over each sub-graph (sub-graph rewards from edge rewards, section 3.2).

    Args:
        edge_values: (K, E).
        subgraphs: size k -> (S_k, k) edge ids.

    Returns:
        size k -> (K, S_k).
    """
    samples = len(edge_values)
    return {
        k: edge_values.index_select(1, ids.flatten()).view(samples, *ids.shape).mean(2) for k, ids in subgraphs.items()
    }


def covering_mean(subgraph_values: Mapping[int, Tensor], subgraphs: Subgraphs, otherwise: Tensor) -> Tensor:
    """Mean of a sub-graph quantity over all sub-graphs, of any size, that hold an edge.

    Args:
        subgraph_values: size k -> (K, S_k).
        subgraphs: size k -> (S_k, k) edge ids.
        otherwise: (K, E), what an edge in no sub-graph gets.

    Returns:
        (K, E).
    """
    total = torch.zeros_like(otherwise)
    count = otherwise.new_zeros(otherwise.shape[1])
    for k, ids in subgraphs.items():
        edges = ids.flatten()
        total = total.index_add(1, edges, subgraph_values[k].repeat_interleave(k, dim=1))
        count = count.index_add(0, edges, count.new_ones(len(edges)))
    return torch.where(count > 0, total / count.clamp(min=1), otherwise)


def flatten(subgraph_values: Mapping[int, Tensor], samples: int | None = None) -> Tensor:
    """All sub-graphs of all sizes side by side, sizes in ascending order.

    Args:
        subgraph_values: size k -> (K, S_k).
        samples: K, needed only if there may be no size at all.

    Returns:
        (K, S) with S the sum of the S_k.
    """
    if not subgraph_values:
        return torch.zeros(samples or 0, 0)
    return torch.cat([subgraph_values[k] for k in sorted(subgraph_values)], dim=1)


def mean_or_zero(values: Tensor) -> Tensor:
    """Mean over everything, a scalar; 0 with zero gradients, not nan, when there is nothing. Any shape."""
    return values.sum() / max(values.numel(), 1)
