"""numpy, loaded when first used: importing it takes longer than checking a reward file, which needs none of it.

Modules that are imported to check a reward file say `from rlseg.lazy import np`.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any


class LazyModule(ModuleType):
    """Stands for a module and has all that is in it, but loads it only when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)  # from now on it is found without asking here
        return value


if TYPE_CHECKING:
    import numpy as np
else:
    np = LazyModule("numpy")
