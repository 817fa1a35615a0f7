"""What no setting may be, whatever its type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from jsonargparse import Namespace

from rlseg.errors import RlsegError


def check_values(settings: Namespace) -> None:
    """See that no setting is a function, for a configuration says what to make and never what to call; nor NaN.

    Args:
        settings: all of them, as parsed.

    Raises:
        RlsegError: one of them is.
    """
    for key, value in _leaves(settings, ""):
        if isinstance(value, FunctionType | BuiltinFunctionType | MethodType):
            raise RlsegError(f"{key}: a configuration cannot name a function, got {value.__module__}.{value.__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise RlsegError(f"{key}: must be a finite number, got {value}")


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Namespace):
        for name, part in value.items(branches=False):
            yield from _leaves(part, f"{key}.{name}".removeprefix("."))
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{key}.{name}")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _leaves(part, f"{key}.{number}")
    else:
        yield key, value
