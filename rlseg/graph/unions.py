"""The root of a set in a forest of parents (union-find), for compiled loops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.jit import jit


@jit
def root_of(parent: npt.NDArray[np.integer], node: int) -> int:
    """The root of the set that a node is in; the way there is halved.

    Args:
        parent: (N,) the parent of each node, itself for roots; changed in place.
        node: 0..N-1.
    """
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node
