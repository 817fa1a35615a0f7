"""The critic's value of each edge: from the actions, or from the objects that the actions made."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlseg.agent.config import CriticConfig
from rlseg.agent.gnn import SLOPE, EdgeHead, MessageLayer, mlp
from rlseg.agent.union_graph import UnionGraph


class ActionEdges(nn.Module):
    """Edge values by message passing over features and actions (Eq. 3), the paper's form.

    Args:
        node_dim: Dn. edge_dim: De, may be 0. config: width, depth, edge_width.
    """

    def __init__(self, node_dim: int, edge_dim: int, config: CriticConfig) -> None:
        super().__init__()
        width = config.width
        self.encoder = mlp(node_dim, width, width)
        self.layers = nn.ModuleList(MessageLayer(width, edge_dim, True) for _ in range(config.depth))
        self.head = EdgeHead(width, edge_dim, config.edge_width, True)

    def forward(self, node_features: Tensor, edge_features: Tensor, graph: UnionGraph, actions: Tensor) -> Tensor:
        """(N, Dn), (E, De), graph, (K, E) actions to (K, E, edge_width)."""
        nodes = self.encoder(node_features)
        for layer in self.layers:
            nodes = layer(nodes, edge_features, graph, actions)
        values: Tensor = self.head(nodes, edge_features, graph, actions)
        return values


class ObjectEdges(nn.Module):
    """Edge values from the objects of the realised partition.

        c_e   = edge value of the state alone (Eq. 1, computed once for all K)
        phi_o = MLP(descriptors of object o)
        g     = MLP(log-like of the sum of phi over the objects of the image, log number of objects)
        x_e   = y cut(max(phi_u, phi_v), phi_u + phi_v, c_e, g) + (1 - y) merge(phi_u + phi_v, c_e, g)

    y is the cut label. Its derivative with respect to the action is taken as 1
    (straight-through): y = cut + a - stop(a).

    Args:
        node_dim: Dn. edge_dim: De, may be 0. object_dim: Do. config: width, depth, edge_width, object_width.
    """

    def __init__(self, node_dim: int, edge_dim: int, object_dim: int, config: CriticConfig) -> None:
        super().__init__()
        width, inner = config.width, config.object_width
        self.encoder = mlp(node_dim, width, width)
        self.layers = nn.ModuleList(MessageLayer(width, edge_dim) for _ in range(config.depth))
        self.state = EdgeHead(width, edge_dim, 2 * inner)
        self.phi = mlp(object_dim, inner, inner)
        self.summary = mlp(inner + 1, inner, 2 * inner)
        self.sum_part = nn.Linear(inner, 2 * inner, bias=False)
        self.max_part = nn.Linear(inner, inner, bias=False)
        self.cut = nn.Linear(inner, config.edge_width)
        self.merge = nn.Linear(inner, config.edge_width)

    def seen(self, node_features: Tensor, edge_features: Tensor, graph: UnionGraph) -> Tensor:
        """c: (N, Dn), (E, De), graph to (E, 2 object_width), the same for all partitions of the graph."""
        nodes = self.encoder(node_features)
        for layer in self.layers:
            nodes = layer(nodes, edge_features, graph)
        values: Tensor = self.state(nodes, edge_features, graph)
        return values

    def forward(
        self,
        seen: Tensor,
        graph: UnionGraph,
        actions: Tensor,
        cut: Tensor,
        object_features: Tensor,
        object_share: Tensor,
    ) -> Tensor:
        """seen: c; the other arguments as `Critic.forward`. Returns (K, E, edge_width)."""
        phi = functional.leaky_relu(self.phi(object_features), SLOPE)
        u, v = graph.edge_index
        # The first linear layers of cut and merge lie side by side; state, sum and summary parts are added
        # per edge.
        part = self.sum_part(phi)
        hidden = part.index_select(1, u) + part.index_select(1, v) + seen
        hidden = hidden + self._summary(phi, graph, object_share).index_select(1, graph.edge_image)
        for_cut, for_merge = hidden.chunk(2, dim=-1)
        largest = torch.maximum(phi.index_select(1, u), phi.index_select(1, v))
        for_cut = self.cut(functional.leaky_relu(for_cut + self.max_part(largest), SLOPE))
        for_merge = self.merge(functional.leaky_relu(for_merge, SLOPE))
        y = (cut + actions - actions.detach()).unsqueeze(-1)
        values: Tensor = y * for_cut + (1 - y) * for_merge
        return values

    def _summary(self, phi: Tensor, graph: UnionGraph, object_share: Tensor) -> Tensor:
        """phi: (K, N, W), object_share: (K, N). Returns g: (K, B, 2 W)."""
        samples, _, width = phi.shape
        share = object_share.unsqueeze(-1)
        weighted = torch.cat((phi * share, share), dim=-1)
        total = phi.new_zeros((samples, graph.num_images, width + 1)).index_add(1, graph.node_image, weighted)
        # sums, for rewards may count objects; asinh keeps those of a shattered image within bounds
        count = total[..., -1:].clamp(min=1)
        g: Tensor = self.summary(torch.cat((torch.asinh(total[..., :-1]), torch.log(count)), dim=-1))
        return g
