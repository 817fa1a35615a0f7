"""Loops compiled by numba, and kept on disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `numba.njit` that releases the GIL and keeps what it compiles.

    It is kept in the folder that NUMBA_CACHE_DIR names, beside the function's file, or in the user's cache. If none of
    them can be written to, each process compiles anew.
    """
    import numba  # only where a loop is needed: checking a reward file must not wait for it

    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # "no locator available": numba has found no such folder
        return numba.njit(nogil=True)(function)
