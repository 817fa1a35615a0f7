"""The policy network."""

from __future__ import annotations

from torch import Tensor, nn

from rlseg.agent import passes
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
        return passes.actor(self, node_features, edge_features, graph)
