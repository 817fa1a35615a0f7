"""The solver of nifty (github.com/DerThorsten/nifty), for those who have it from conda-forge."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from types import ModuleType

import numpy as np

from rlseg.arrays import Floats, Ints
from rlseg.environment.solvers.base import Solver
from rlseg.environment.solvers.bioimage import in_rows, union_edges
from rlseg.errors import RlsegError

HINT = "conda install -c conda-forge nifty, or take another model.solver"


class Nifty(Solver):
    """Greedy additive edge contraction (Keuper et al. 2015).

    Raises:
        RlsegError: nifty is not here, or it is the package on PyPI that has nothing but the name in common.
    """

    kind = "nifty"

    def __init__(self) -> None:
        self._graph = _load("nifty.graph")
        self._multicut = _load("nifty.graph.opt.multicut")

    def solve(self, num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
        """See `Solver.solve`."""
        graph = self._graph.undirectedGraph(len(costs) * num_nodes)
        graph.insertEdges(union_edges(num_nodes, edge_index, len(costs)).astype(np.uint64))
        objective = self._multicut.multicutObjective(graph, costs.ravel())
        labels = objective.greedyAdditiveFactory().create(objective).optimize()
        return in_rows(np.asarray(labels, np.int64).reshape(len(costs), num_nodes))


def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if find_spec("nifty") is None:
            raise RlsegError("the solver nifty is not installed", HINT) from error
        what = "the package nifty that is installed is not the segmentation library of that name"
        raise RlsegError(f"{what} ({error}); pip has another one", f"pip uninstall nifty; {HINT}") from error
