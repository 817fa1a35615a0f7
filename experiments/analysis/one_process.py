"""What one process of Python costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments import ROOT
from rlseg.errors import RlsegError

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds by the wall clock, seconds of CPU, and its largest resident memory in MB."""

    wall: float
    cpu: float
    memory: float


def run(arguments: Sequence[str], build: Path, cores: int | None = None, folder: Path = ROOT) -> Cost:
    """Run Python once, with the package `rlseg` of a build and one thread of the numerical libraries.

    Args:
        arguments: what follows `python`.
        build: folder that holds the package.
        cores: how many of this machine's it may use; all if None.
        folder: in which it works.

    Raises:
        RlsegError: it fails.
    """
    # -P: of the working folder nothing is imported, which is that of this build
    command = [sys.executable, "-P", *arguments]
    environment = os.environ | {"PYTHONPATH": str(build), "OMP_NUM_THREADS": "1"}
    # users have the bytecode of what they have used once
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    allowed = "" if cores is None else ",".join(map(str, sorted(os.sched_getaffinity(0))[:cores]))
    with tempfile.TemporaryDirectory() as temporary:
        said = Path(temporary) / "said"
        launch = [sys.executable, "-I", "-S", str(LAUNCH), str(said), allowed, *command]
        done = subprocess.run(launch, env=environment, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
        code, wall, cpu, kibibytes = map(float, done.stdout.split())
        if code:
            last = said.read_text(encoding="utf-8", errors="replace")[-400:]
            raise RlsegError(f"{' '.join(arguments)[:80]} fails with {build}: {last}")
    return Cost(wall, cpu, kibibytes / 1024)


def least(found: Sequence[Cost]) -> Cost:
    """The smallest of each."""
    return Cost(*(min(getattr(cost, name) for cost in found) for name in ("wall", "cpu", "memory")))
