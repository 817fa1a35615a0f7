"""What solves multicuts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from rlseg.arrays import Floats, Ints


class Solver(ABC):
    """Partitions a graph so that the costs of its cut edges sum to little (minimum cost multicut).

    A new solver is one new file in this folder.

    Attributes:
        kind: its name, for the setting `model.solver`.
    """

    kind: ClassVar[str]

    @abstractmethod
    def solve(self, num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
        """K problems on one graph.

        Args:
            num_nodes: N.
            edge_index: (2, E) int64, u < v, sorted, each pair once; E > 0.
            costs: (K, E) finite, K > 0; positive costs attract, negative ones repel.

        Returns:
            (K, N) int64 labels in 0..N-1; the nodes of one label are connected.
        """
