"""What one process of Python costs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rlseg.errors import RlsegError


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds by the wall clock, seconds of CPU, and its largest resident memory in MB."""

    wall: float
    cpu: float
    memory: float


def run(arguments: Sequence[str], build: Path, threads: int = 1) -> Cost:
    """Run Python once, with the package `rlseg` of a build.

    Args:
        arguments: what follows `python`.
        build: folder that holds the package.
        threads: of numerical libraries.

    Raises:
        RlsegError: it fails.
    """
    # -P: of the working folder nothing is imported, which is that of this build
    environment = os.environ | {"PYTHONPATH": str(build), "OMP_NUM_THREADS": str(threads)}
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        files = [(os.POSIX_SPAWN_DUP2, said.fileno(), 1), (os.POSIX_SPAWN_DUP2, said.fileno(), 2)]
        child = os.posix_spawn(sys.executable, [sys.executable, "-P", *arguments], environment, file_actions=files)
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - began
        if status:
            said.seek(0)
            raise RlsegError(f"{' '.join(arguments)[:80]} fails with {build}: {said.read()[-400:].decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def least(found: Sequence[Cost]) -> Cost:
    """The smallest of each."""
    return Cost(*(min(getattr(cost, name) for cost in found) for name in ("wall", "cpu", "memory")))
