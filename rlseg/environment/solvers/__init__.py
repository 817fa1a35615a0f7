"""Solvers of multicuts by name."""

from __future__ import annotations

from typing import Literal

from rlseg.environment.solvers.base import Solver
from rlseg.environment.solvers.bioimage import BioimageGreedy, KernighanLin
from rlseg.environment.solvers.contraction import Contraction
from rlseg.environment.solvers.nifty import Nifty

SolverName = Literal["contraction", "bioimage_cpp", "kernighan_lin", "nifty"]
SOLVERS: dict[SolverName, type[Solver]] = {
    "contraction": Contraction,
    "bioimage_cpp": BioimageGreedy,
    "kernighan_lin": KernighanLin,
    "nifty": Nifty,
}

__all__ = ["SOLVERS", "Solver", "SolverName"]
