"""The value network: Q per sub-graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rlseg.agent.config import CriticConfig
from rlseg.agent.edge_values import ActionEdges, ObjectEdges
from rlseg.agent.gnn import SLOPE
from rlseg.agent.subgraph_means import Subgraphs, subgraph_mean
from rlseg.agent.union_graph import UnionGraph

Q_LINEAR = 100.0


class SubgraphHead(nn.Module):
    """Q of the sub-graphs of one size k: Q_sg = w . mean_e x_e + MLP_k(concatenation of the k x_e).

    The paper has the MLP only; the mean is a shortcut that gives a large k a useful start.
    """

    def __init__(self, size: int, edge_width: int, hidden: int) -> None:
        super().__init__()
        self.size = size
        self.mlp = nn.Sequential(
            nn.Linear(size * edge_width, hidden), nn.LeakyReLU(SLOPE, inplace=True), nn.Linear(hidden, 1)
        )

    def forward(self, edge_values: Tensor, ids: Tensor) -> Tensor:
        """edge_values: (K, E, edge_width); ids: (S, k) int64. Returns (K, S)."""
        samples, _, width = edge_values.shape
        members = edge_values.index_select(1, ids.flatten())
        # The number of rows is named: with no sub-graphs a -1 could not be inferred.
        q: Tensor = self.mlp(members.reshape(samples, len(ids), self.size * width))
        return q.squeeze(-1)


class Critic(nn.Module):
    """Q per sub-graph: edge values by Eq. 3 (with config.objects from the realised objects), an MLP per size.

    Args:
        node_dim: Dn, number of node features.
        edge_dim: De, number of edge features, may be 0.
        sizes: the sub-graph sizes k, edges.
        config: widths, depth, and whether it judges realised objects.
        object_dim: Do, number of object descriptors, with config.objects.

    Raises:
        ValueError: if config.objects and object_dim do not agree.
    """

    def __init__(
        self,
        node_dim: int,
        edge_dim: int,
        sizes: Sequence[int],
        config: CriticConfig | None = None,
        object_dim: int = 0,
    ) -> None:
        super().__init__()
        config = config or CriticConfig()
        if config.objects != (object_dim > 0):
            raise ValueError(f"objects is {config.objects}, but there are {object_dim} object descriptors")
        self.sizes = tuple(sorted(set(sizes)))
        self.by_actions = None if config.objects else ActionEdges(node_dim, edge_dim, config)
        self.by_objects = ObjectEdges(node_dim, edge_dim, object_dim, config) if config.objects else None
        self.shortcut = nn.Linear(config.edge_width, 1)
        self.heads = nn.ModuleDict({str(k): SubgraphHead(k, config.edge_width, config.hidden) for k in self.sizes})

    def look(self, node_features: Tensor, edge_features: Tensor, graph: UnionGraph) -> Tensor | None:
        """What the critic of objects sees of a graph before it is cut, for several calls; None for that of actions.

        Args:
            node_features, edge_features, graph: as of `forward`.
        """
        return None if self.by_objects is None else self.by_objects.seen(node_features, edge_features, graph)

    def forward(
        self,
        node_features: Tensor,
        edge_features: Tensor,
        graph: UnionGraph,
        actions: Tensor,
        subgraphs: Subgraphs,
        cut: Tensor | None = None,
        object_features: Tensor | None = None,
        object_share: Tensor | None = None,
        seen: Tensor | None = None,
    ) -> dict[int, Tensor]:
        """Q_sg(s, a), see `bounded`.

        Args:
            node_features: (N, Dn).
            edge_features: (E, De).
            graph: of N nodes and E edges.
            actions: (K, E) in [0, 1], 1 = cut. Gradients flow back to them.
            subgraphs: size k -> (S_k, k) edge ids; a size of the critic that is missing counts as S_k = 0.
            cut: (K, E), 1. where the ends lie in different objects of partition k; with config.objects.
            object_features: (K, N, Do), descriptors (of order 1) of each superpixel's object; likewise.
            object_share: (K, N), 1 / number of superpixels of that object; likewise.
            seen: what `look` has given for this graph and these weights; looked at now if not given.

        Returns:
            size k -> (K, S_k), for every size of the critic.

        Raises:
            ValueError: if objects are missing where config.objects asks for them, or given where it does not.
        """
        if self.by_actions is not None:
            if not (cut is None and object_features is None and object_share is None):
                raise ValueError("this critic sees actions only; set objects in its configuration")
            values = self.by_actions(node_features, edge_features, graph, actions)
        elif self.by_objects is None or cut is None or object_features is None or object_share is None:
            raise ValueError("a critic with objects needs cut, object_features and object_share")
        else:
            seen = self.look(node_features, edge_features, graph) if seen is None else seen
            assert seen is not None
            values = self.by_objects(seen, graph, actions, cut, object_features, object_share)
        nothing = graph.edge_index.new_zeros
        ids = {k: subgraphs.get(k, nothing((0, k))) for k in self.sizes}
        mean = subgraph_mean(self.shortcut(values).squeeze(-1), ids)
        return {k: bounded(mean[k] + self.heads[str(k)](values, ids[k])) for k in self.sizes}


def bounded(q: Tensor) -> Tensor:
    """q where |q| <= 100; beyond, only its logarithm grows: |result| < 200 for every float, and a way back remains.

    Rewards are of the order of 1: this acts only on a critic whose learning rate is far too large. Any shape.
    """
    beyond = (q.abs() - Q_LINEAR).clamp(min=0)
    return q.clamp(-Q_LINEAR, Q_LINEAR) + q.sign() * torch.log1p(beyond)
