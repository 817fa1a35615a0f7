"""Solvers of multicuts by name, each in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rlseg.environment.solvers.base import Solver
from rlseg.environment.solvers.contraction import Contraction
from rlseg.kinds import find_kinds

SOLVERS = find_kinds(__name__, Solver)  # type: ignore[type-abstract]

if TYPE_CHECKING:
    SolverName = str
else:
    SolverName = Literal[tuple(sorted(SOLVERS))]

__all__ = ["SOLVERS", "Contraction", "Solver", "SolverName"]
