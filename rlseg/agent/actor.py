"""The policy network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rlseg.agent.config import ActorConfig
from rlseg.agent.gnn import EdgeHead, MessageLayer, mlp
from rlseg.agent.union_graph import UnionGraph


class Actor(nn.Module):
    """Mean and standard deviation of a Normal per edge, by message passing after Eq. 1.

    Args:
        node_dim: Dn, number of node features.
        edge_dim: De, number of edge features, may be 0.
        config: width, depth and bounds.
    """

    def __init__(self, node_dim: int, edge_dim: int, config: ActorConfig | None = None) -> None:
        super().__init__()
        self.config = config or ActorConfig()
        width = self.config.width
        self.encoder = mlp(node_dim, width, width)
        self.layers = nn.ModuleList(MessageLayer(width, edge_dim) for _ in range(self.config.depth))
        self.head = EdgeHead(width, edge_dim, 2)
        self.head.shift(0, self.config.mu_start)

    def forward(self, node_features: Tensor, edge_features: Tensor, graph: UnionGraph) -> tuple[Tensor, Tensor]:
        """The policy.

        Args:
            node_features: (N, Dn) float, standardised.
            edge_features: (E, De) float, standardised.
            graph: of N nodes and E edges.

        Returns:
            mu: (E,), mu_bound * tanh(x / mu_bound), positive leans to cut.
            std: (E,), std_min + (std_max - std_min) * sigmoid(y).
        """
        nodes = self.encoder(node_features)
        for layer in self.layers:
            nodes = layer(nodes, edge_features, graph)
        x, y = self.head(nodes, edge_features, graph).unbind(-1)
        config = self.config
        mu = config.mu_bound * torch.tanh(x / config.mu_bound)
        return mu, config.std_min + (config.std_max - config.std_min) * torch.sigmoid(y)
