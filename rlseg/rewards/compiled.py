"""Numba loops that are compiled when first called: checking a reward file needs none, and must not wait for numba."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import update_wrapper
from importlib import import_module
from threading import RLock
from types import CodeType
from typing import Any, TypeVar, cast

from rlseg.jit import jit
from rlseg.lazy import LazyModule

F = TypeVar("F", bound=Callable[..., Any])

_LOCK = RLock()


def compiled(function: F) -> F:
    """Decorator: `rlseg.jit.jit` at the first call.

    The compiled function then takes the place of the decorated one in its module, and so do the compiled
    functions that it calls by their names (numba must see those compiled), and numpy that of `rlseg.lazy`.

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
