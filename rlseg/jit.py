"""Loops compiled by numba, at once (`jit`) or when first called (`compiled`), and kept on disk where that is possible.

Checking a reward file needs no loop and must not wait for numba: what it imports says `compiled`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, update_wrapper
from importlib import import_module
from threading import RLock
from types import CodeType, ModuleType
from typing import Any, TypeVar, cast

from rlseg.arrays import LazyModule

F = TypeVar("F", bound=Callable[..., Any])

_LOCK = RLock()
_BLAS = "scipy.linalg"


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `numba.njit` that releases the GIL and keeps what it compiles.

    It is kept in the folder that NUMBA_CACHE_DIR names, beside the function's file, or in the user's cache. If none of
    them can be written to, each process compiles anew.
    """
    numba = _numba()
    try:
        return numba.njit(nogil=True, cache=True, no_cfunc_wrapper=True)(function)
    except RuntimeError:  # "no locator available": numba has found no such folder
        return numba.njit(nogil=True, no_cfunc_wrapper=True)(function)


@cache
def _numba() -> ModuleType:
    """numba, imported only where a loop is needed: checking a reward file must not wait for it.

    When its first loop is loaded it looks for a BLAS by importing scipy.linalg, which takes as long as importing numba,
    and it looks again before it compiles any product of matrices. All that depends on the first look is whether
    `numpy.convolve` and `numpy.correlate` use it, so it is told that there is none; not while other threads run, which
    may import scipy.linalg themselves.
    """
    import numba

    if threading.active_count() == 1 and sys.modules.setdefault(_BLAS, cast(ModuleType, None)) is None:
        try:
            with suppress(ImportError):  # of a numba that looks elsewhere
                import_module("numba.np.arraymath")
        finally:
            del sys.modules[_BLAS]
    return numba


def compiled(function: F) -> F:
    """Decorator: `jit` at the first call.

    The compiled function then takes the place of the decorated one in its module, and so do the compiled
    functions that it calls by their names (numba must see those compiled), and numpy that of `rlseg.arrays`.

    Args:
        function: a module-level function in what numba understands.
    """
    return cast(F, _Lazy(function))


class _Lazy:
    """Stands for a function until it is called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._made: Callable[..., Any] | None = None
        update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        return self.make()(*args)

    def make(self) -> Callable[..., Any]:
        """The compiled function."""
        with _LOCK:
            if self._made is None:
                names = self._function.__globals__
                for name in _names(self._function.__code__):
                    found = names.get(name)
                    if name != self._function.__name__ and isinstance(found, _Lazy):
                        names[name] = found.make()
                    elif isinstance(found, LazyModule):
                        names[name] = import_module(found.__name__)
                self._made = jit(self._function)
                if names.get(self._function.__name__) is self:
                    names[self._function.__name__] = self._made
            return self._made


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function uses, those of its inner functions included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
