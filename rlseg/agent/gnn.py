"""Message passing of the actor (Eq. 1) and the critic (Eq. 3), and edge outputs symmetric in the two ends.

Both equations take an MLP of concatenated node, edge and action values on every directed edge. Two exact
rewrites keep that cheap: the first linear layer of a concatenation is a sum of linear layers, so the part of
a node is computed once per node and then gathered; and a last linear layer commutes with the mean
over the neighbours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rlseg.agent import passes
from rlseg.agent.passes import SLOPE
from rlseg.agent.union_graph import UnionGraph


def mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Two linear layers with LeakyReLU(0.1) between: (..., inputs) to (..., outputs)."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.LeakyReLU(SLOPE, inplace=True), nn.Linear(hidden, outputs))


class PairLinear(nn.Module):
    """A linear layer of the concatenation (f_i, f_j, edge features[, action]), both directions of each edge.

    Args:
        node_width: width of the node values.
        edge_dim: number of edge features, may be 0.
        outputs: width of the result.
        with_actions: whether the action of the edge is one more input.
    """

    def __init__(self, node_width: int, edge_dim: int, outputs: int, with_actions: bool = False) -> None:
        super().__init__()
        self.receiver = nn.Linear(node_width, outputs)
        self.sender = nn.Linear(node_width, outputs, bias=False)
        self.edge = nn.Linear(edge_dim, outputs, bias=False) if edge_dim else None
        self.action = nn.Linear(1, outputs, bias=False) if with_actions else None

    def forward(
        self, nodes: Tensor, edge_features: Tensor, graph: UnionGraph, actions: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Both directions.

        Args:
            nodes: (N, D), or (K, N, D) when they depend on the sample.
            edge_features: (E, De).
            graph: of N nodes and E edges.
            actions: (K, E) if the layer was built with actions, else None.

        Returns:
            two (E, outputs) or (K, E, outputs): with (i, j) = (u, v), and with (i, j) = (v, u).
        """
        return passes.pair_linear(self, nodes, edge_features, graph, actions)


class MessageLayer(nn.Module):
    """One graph convolution: Eq. 1 without, Eq. 3 with actions. Residual and LayerNorm around it.

        f_i <- LayerNorm(f_i + gamma(f_i, mean over j in N(i) of phi(f_i, f_j, e_ij[, a_ij])))

    phi and gamma are MLPs of two linear layers with LeakyReLU(0.1); the last layer of phi and the first of
    gamma are one matrix, as nothing but the mean is between them. A node without neighbours gets zeros for
    the mean. With actions gamma also sees the mean of (1 - a_ij) phi(...), in which a neighbour counts as far
    as the edge to it is merged.
    """

    def __init__(self, width: int, edge_dim: int, with_actions: bool = False) -> None:
        super().__init__()
        self.phi = PairLinear(width, edge_dim, width, with_actions)
        self.gamma_own = nn.Linear(width, width)
        self.gamma_mean = nn.Linear(width, width, bias=False)
        self.gamma_merged = nn.Linear(width, width, bias=False) if with_actions else None
        self.gamma_last = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, nodes: Tensor, edge_features: Tensor, graph: UnionGraph, actions: Tensor | None = None) -> Tensor:
        """New node values.

        Args:
            nodes: (N, W) or (K, N, W).
            edge_features: (E, De).
            graph: of N nodes and E edges.
            actions: (K, E) in (0, 1), 1 = cut, if built with actions.

        Returns:
            (N, W), or (K, N, W) if an input has the axis K.
        """
        update: Tensor = passes.message_layer(self, nodes, edge_features, graph, actions)
        return update


class EdgeHead(nn.Module):
    """Edge outputs, equal for (u, v) and (v, u): an MLP with its first hidden layer summed over both.

    Three linear layers, LeakyReLU(0.1) between: (N, W) node and (E, De) edge values to (E, outputs); with an
    axis K in front if nodes or actions have it.
    """

    def __init__(self, width: int, edge_dim: int, outputs: int, with_actions: bool = False) -> None:
        super().__init__()
        self.first = PairLinear(width, edge_dim, width, with_actions)
        self.rest = mlp(width, width, outputs)

    def shift(self, output: int, amount: float) -> None:
        """Add a constant to one of the outputs."""
        last = self.rest[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.bias[output] += amount

    def forward(self, nodes: Tensor, edge_features: Tensor, graph: UnionGraph, actions: Tensor | None = None) -> Tensor:
        """Arguments as `MessageLayer.forward`. Returns (E, outputs) or (K, E, outputs)."""
        outputs: Tensor = passes.edge_head(self, nodes, edge_features, graph, actions)
        return outputs
