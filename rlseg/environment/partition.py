"""Edge weights to objects by minimum cost multicut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints
from rlseg.environment.solvers import Contraction, Solver
from rlseg.graph import joined

CLIP = 1e-3


def multicut_costs(actions: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """log((1 - a) / a) with a clipped to [0.001, 0.999]: positive costs attract, negative ones repel. Same shape."""
    clipped = np.clip(actions, CLIP, 1 - CLIP, dtype=np.float64)
    return np.log((1 - clipped) / clipped)


def joined_by(num_nodes: int, edge_index: Ints, edges: npt.NDArray[np.bool_]) -> Ints:
    """Partition of the N nodes of a graph into what some of its edges connect.

    Args:
        num_nodes: N.
        edge_index: (2, E).
        edges: (E,) which of them.

    Returns:
        (N,) numbers from 0.
    """
    u, v = edge_index[:, edges]
    return joined(u, v, num_nodes)


def split_background(labels: Ints, edge_index: Ints) -> Ints:
    """Partition in which the background, label 0, falls into the pieces that hang together, as in every multicut.

    Args:
        labels: (N,) objects from 1 and 0 = background, of the nodes of a graph.
        edge_index: (2, E) its edges.

    Returns:
        (N,) int64: objects keep their labels; of the pieces the first keeps 0, the others get the numbers after the
        largest label.
    """
    ground = labels == 0
    piece = joined_by(len(labels), edge_index, ground[edge_index].all(axis=0))
    number = np.unique(piece[ground], return_inverse=True)[1]
    split = labels.astype(np.int64)
    split[ground] = np.where(number > 0, number + int(labels.max(initial=0)), 0)
    return split


def solve_multicut(
    num_nodes: int, edge_index: Ints, actions: npt.NDArray[np.floating], solver: Solver | None = None
) -> Ints:
    """Partition one graph K times.

    Args:
        num_nodes: N.
        edge_index: (2, E) int64, u < v, sorted, each pair once.
        actions: (K, E) in (0, 1); 1 = cut.
        solver: greedy additive edge contraction if none is given.

    Returns:
        (K, N) int64 labels in 0..N-1 of each row.

    Raises:
        ValueError: actions that are not finite.
    """
    if not np.isfinite(actions).all():
        raise ValueError("actions must be finite")
    if edge_index.shape[1] == 0 or len(actions) == 0:
        return np.tile(np.arange(num_nodes), (len(actions), 1))
    return (solver or Contraction()).solve(num_nodes, edge_index, multicut_costs(actions))
