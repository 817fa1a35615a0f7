"""Edge weights to objects by minimum cost multicut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints
from rlseg.environment.solvers import Contraction, Solver

CLIP = 1e-3


def multicut_costs(actions: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """log((1 - a) / a) with a clipped to [0.001, 0.999]: positive costs attract, negative ones repel. Same shape."""
    clipped = np.clip(actions, CLIP, 1 - CLIP, dtype=np.float64)
    return np.log((1 - clipped) / clipped)


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
