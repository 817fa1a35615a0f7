"""The solvers of bioimage-cpp, the maintained successor of nifty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlseg.arrays import Floats, Ints, LazyModule
from rlseg.environment.solvers.base import Solver
from rlseg.graph import joined

if TYPE_CHECKING:
    import bioimage_cpp as bic
else:
    bic = LazyModule("bioimage_cpp")


class BioimageGreedy(Solver):
    """Greedy additive edge contraction (Keuper et al. 2015)."""

    kind = "bioimage_cpp"

    def solve(self, num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
        """See `Solver.solve`."""
        _, objective = _problem(num_nodes, edge_index, costs)
        labels = bic.graph.multicut.GreedyAdditiveMulticut().optimize(objective)
        return in_rows(np.asarray(labels, np.int64).reshape(len(costs), num_nodes))


class KernighanLin(Solver):
    """Kernighan-Lin from the result of greedy contraction, the solver of the paper. Slow above some thousand nodes."""

    kind = "kernighan_lin"

    def solve(self, num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
        """See `Solver.solve`."""
        edges, objective = _problem(num_nodes, edge_index, costs)
        bic.graph.multicut.GreedyAdditiveMulticut().optimize(objective)
        # it may leave segments that fall apart, at the same cost
        labels = _pieces(edges, bic.graph.multicut.KernighanLinMulticut().optimize(objective))
        return in_rows(labels.reshape(len(costs), num_nodes))


def union_edges(num_nodes: int, edge_index: Ints, problems: int) -> Ints:
    """(problems * E, 2) edges of a graph that holds the same graph many times: one call instead of many."""
    shift = np.arange(problems) * num_nodes
    edges: Ints = (edge_index.T[None] + shift[:, None, None]).reshape(-1, 2)
    return edges


def in_rows(labels: Ints) -> Ints:
    """Labels (K, N) of a union graph as 0..N-1 in each row."""
    low = labels.min(axis=1, keepdims=True)
    if (labels - low < labels.shape[1]).all():
        return labels - low
    return np.stack([np.unique(row, return_inverse=True)[1] for row in labels])


def _problem(num_nodes: int, edge_index: Ints, costs: Floats) -> tuple[Ints, bic.graph.multicut.MulticutObjective]:
    edges = union_edges(num_nodes, edge_index, len(costs))
    graph = bic.graph.UndirectedGraph.from_unique_edges(len(costs) * num_nodes, edges.astype(np.uint64))
    return edges, bic.graph.multicut.MulticutObjective(graph, costs.ravel())


def _pieces(edges: Ints, labels: Ints) -> Ints:
    """Connected components of the (M, 2) edges that join nodes of one label."""
    u, v = edges[labels[edges[:, 0]] == labels[edges[:, 1]]].T
    return joined(u, v, len(labels))
