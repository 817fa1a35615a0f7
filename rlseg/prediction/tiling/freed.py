"""Memory that is not needed any more, given back to the system."""

from __future__ import annotations

import ctypes


def give_back_freed_memory() -> None:
    """Let the allocator keep nothing of what was freed.

    After the tiles of a large image glibc holds hundreds of megabytes in pieces as large as the maps of a tile, in one
    heap for each thread, while what comes next asks for maps of the whole image. Other C libraries have no such call.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(ctypes.c_size_t(0))
