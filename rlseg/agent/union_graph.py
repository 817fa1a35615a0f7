"""A mini-batch of region adjacency graphs as one disjoint union."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class UnionGraph:
    """B region adjacency graphs side by side, nodes and edges numbered through.

    Attributes:
        edge_index: (2, E) int64, u < v, each pair once. Messages run both ways.
        node_image: (N,) int64, the image 0..B-1 of each node; N is the number of nodes.
        edge_image: (E,) int64, the image of each edge.
        num_images: B.
    """

    edge_index: Tensor
    node_image: Tensor
    edge_image: Tensor
    num_images: int

    @classmethod
    def single(cls, edge_index: Tensor, num_nodes: int) -> UnionGraph:
        """The graph of one image. edge_index: (2, E) int64."""
        device = edge_index.device
        node_image = torch.zeros(num_nodes, dtype=torch.int64, device=device)
        return cls(edge_index, node_image, torch.zeros_like(edge_index[0]), 1)

    @property
    def num_nodes(self) -> int:
        """N."""
        return len(self.node_image)

    @property
    def num_edges(self) -> int:
        """E."""
        return self.edge_index.shape[1]

    @cached_property
    def inverse_degree(self) -> Tensor:
        """(N, 1) float, 1 / number of neighbours, and 1 for a node without any (its sum is 0 anyway)."""
        degree = torch.bincount(self.edge_index.flatten(), minlength=self.num_nodes)
        return degree.clamp(min=1).reciprocal().unsqueeze(1)

    def neighbour_mean(self, into_u: Tensor, into_v: Tensor) -> Tensor:
        """Mean over the neighbours of each node, zeros for a node without any.

        Args:
            into_u: (..., E, W) message of each edge to its first end.
            into_v: (..., E, W) message of each edge to its second end.

        Returns:
            (..., N, W).
        """
        u, v = self.edge_index
        total = into_u.new_zeros((*into_u.shape[:-2], self.num_nodes, into_u.shape[-1]))
        # On rows of this width index_add along the node axis is faster than scatter_reduce and PyG's scatter.
        total = total.index_add_(-2, u, into_u).index_add_(-2, v, into_v)
        return total * self.inverse_degree.to(total.dtype)
