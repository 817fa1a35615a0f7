"""What several benchmarks of whole processes share."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import ROOT

from experiments.analysis.processes import Processes

BEFORE = ROOT / "runs/before/src"


@pytest.fixture(scope="session")
def before() -> Path | None:
    """The folder with an earlier build, where `make bench` could put one: its history may not be here."""
    return BEFORE if (BEFORE / "rlseg").is_dir() else None


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory, before: Path | None) -> Processes:
    return Processes(tmp_path_factory.mktemp("processes"), before)
