"""Integer programs, as scipy's HiGHS solves them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from rlseg.arrays import Floats


def solve_program(
    gain: Floats,
    limits: csr_array,
    most: Floats,
    bounds: Bounds,
    whole: Floats | None = None,
    options: dict[str, Any] | None = None,
) -> OptimizeResult:
    """Make `gain @ x` as large as may be with `limits @ x <= most`.

    Args:
        gain: (N,) what each variable adds.
        limits: (M, N) which variables limit each other; most: (M,) how far.
        bounds: of each variable.
        whole: (N,) 1 where a variable is a whole number, 0 elsewhere; None: all are.
        options: of `scipy.optimize.milp`.

    Returns:
        What `scipy.optimize.milp` finds: `x` is (N,), or None if no solution was found in time.
    """
    rows = csr_array(limits)
    # scipy 1.14 solves with indices of 32 bits alone
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
    whole = np.ones(len(gain)) if whole is None else whole
    return milp(
        -gain, constraints=LinearConstraint(rows, ub=most), integrality=whole, bounds=bounds, options=options or {}
    )
