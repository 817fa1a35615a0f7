"""The kinds of arrays by name, numpy and whatever else is slow to import, loaded when first used, and their memory.

Importing numpy takes longer than checking a reward file, which needs none of it.
Modules that are imported to check a reward file say `from rlseg.arrays import np`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy.typing as npt


def lazy_names(package: str, where: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562) that loads its modules only when a name in them is asked for.

    Args:
        package: its dotted name.
        where: module, relative to the package -> the names that are in it.

    Returns:
        Name -> what it stands for; raises AttributeError for other names, as Python does.
    """

    def look_up(name: str) -> Any:
        for module, names in where.items():
            if name in names:
                return getattr(import_module(f"{package}.{module}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return look_up


class LazyModule(ModuleType):
    """Stands for a module and has all that is in it, but loads it only when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self.__name__), name)
        setattr(self, name, value)  # from now on it is found without asking here
        return value


if TYPE_CHECKING:
    import numpy as np
    from scipy import ndimage
else:
    np = LazyModule("numpy")
    # takes longer to import than most images to predict, which need nothing of it
    ndimage = LazyModule("scipy.ndimage")

# as text, so that naming the types does not load numpy
Floats: TypeAlias = "npt.NDArray[np.float64]"
Ints: TypeAlias = "npt.NDArray[np.int64]"
Bools: TypeAlias = "npt.NDArray[np.bool_]"
Labels: TypeAlias = "npt.NDArray[np.int32]"
"""(H, W): superpixels, numbered from 0, or objects from 1, where 0 is background."""
Map: TypeAlias = "npt.NDArray[np.float64]"
"""(H, W)."""
Pixels: TypeAlias = "npt.NDArray[np.float32]"
"""(C, H, W), or (H, W)."""
# what is only read may be of any width
AnyFloats: TypeAlias = "npt.NDArray[np.floating]"
AnyLabels: TypeAlias = "npt.NDArray[np.integer]"


# glibc's mallopt: what is larger comes from the system each time, and how much that is free at the end goes back
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_LARGEST_KEPT, _MOST_KEPT = 2**27, 2**29


def keep_freed_memory() -> None:
    """Let the allocator keep what was freed for what comes next, up to 512 MB, for the rest of the process.

    A volume is looked at in hundreds of maps of tens of megabytes. glibc asks the system for each of them anew, which
    writes zeros first: a fifth of all time. Other C libraries have no such call.
    """
    try:
        option = _c_library().mallopt
        option(_MMAP_THRESHOLD, _LARGEST_KEPT)
        option(_TRIM_THRESHOLD, _MOST_KEPT)
    except (AttributeError, OSError, TypeError):
        return


def give_back_freed_memory() -> None:
    """Let the allocator keep nothing of what was freed.

    After the tiles of a large image glibc holds hundreds of megabytes in pieces as large as the maps of a tile, in one
    heap for each thread, while what comes next asks for maps of the whole image. Other C libraries have no such call.
    """
    try:
        _c_library().malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return


def _c_library() -> Any:
    import ctypes  # few ask for it

    return ctypes.CDLL(None)
