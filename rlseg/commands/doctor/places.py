"""Where files can be written."""

from __future__ import annotations

import shutil
from pathlib import Path

import numba
from numba.core.caching import FunctionCache

from rlseg.commands.doctor.line import Line
from rlseg.errors import RlsegError
from rlseg.io import atomic

LITTLE = 1.0  # GB


def place_lines() -> list[Line]:
    """The working folder, into which a training writes, and where compiled loops are kept."""
    return [Line("working folder", *_folder(Path.cwd())), Line("compiled loops", _cache())]


def _folder(folder: Path) -> tuple[str, bool]:
    probe = folder / ".rlseg-doctor"
    try:
        with atomic(probe) as file:
            file.write(b"x")
        probe.unlink()
    except (RlsegError, OSError) as error:
        return f"{folder}: cannot be written to ({error}); go to another one", True
    free = shutil.disk_usage(folder).free / 1e9
    return f"{folder}, {free:.1f} GB free", free < LITTLE


def _cache() -> str:
    def probe() -> int:
        return 1

    try:
        kept = FunctionCache(numba.njit(probe).py_func).cache_path
    except RuntimeError:
        return "nowhere to keep them: the first image of every process takes half a minute longer; set NUMBA_CACHE_DIR"
    return f"kept, these here in {kept}"
