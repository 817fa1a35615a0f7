"""The solver of nifty, which is on conda-forge alone: here a stand-in with the calls of its Python interface."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from multicuts import random_problem, same_partition

from rlseg.environment.solvers import SOLVERS
from rlseg.environment.solvers.bioimage import BioimageGreedy
from rlseg.environment.solvers.nifty import Nifty
from rlseg.errors import RlsegError


class Graph:
    def __init__(self, nodes: int) -> None:
        self.nodes = nodes

    def insertEdges(self, edges: np.ndarray) -> None:  # noqa: N802 - nifty's name
        assert edges.dtype == np.uint64
        assert edges.ndim == 2
        assert edges.shape[1] == 2
        self.edges = edges


class Objective:
    """An objective, its factory and its solver at once."""

    def __init__(self, graph: Graph, costs: np.ndarray) -> None:
        assert costs.shape == (len(graph.edges),)
        self.graph, self.costs = graph, costs

    def greedyAdditiveFactory(self) -> Objective:  # noqa: N802
        return self

    def create(self, objective: Objective) -> Objective:
        assert objective is self
        return self

    def optimize(self) -> np.ndarray:
        edges = self.graph.edges.T.astype(np.int64)
        return BioimageGreedy().solve(self.graph.nodes, edges, self.costs[None])[0].astype(np.uint64)


@pytest.fixture
def nifty(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["nifty", "nifty.graph", "nifty.graph.opt", "nifty.graph.opt.multicut"]
    modules = {name: ModuleType(name) for name in names}
    modules["nifty.graph"].undirectedGraph = Graph  # type: ignore[attr-defined]
    modules["nifty.graph.opt.multicut"].multicutObjective = Objective  # type: ignore[attr-defined]
    for name, module in modules.items():
        module.__path__ = []  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("nifty")
def test_it_is_asked_for_all_problems_at_once() -> None:
    nodes, edges, costs = random_problem(0)
    for row, expected in zip(
        Nifty().solve(nodes, edges, costs), SOLVERS["contraction"]().solve(nodes, edges, costs), strict=True
    ):
        assert same_partition(row, expected)
        assert 0 <= row.min() <= row.max() < nodes


def test_it_is_not_here() -> None:
    with pytest.raises(RlsegError, match=r"nifty is not installed.*\n?.*conda-forge"):
        Nifty()


def test_the_package_of_that_name_on_pypi_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nifty").mkdir()
    (tmp_path / "nifty" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nifty", raising=False)
    with pytest.raises(RlsegError, match=r"not the segmentation library of that name.*\n?.*pip uninstall nifty"):
        Nifty()
    sys.modules.pop("nifty", None)
