"""A tiny training on a drawn volume, for all tests of predictions."""

from __future__ import annotations

from pathlib import Path

import pytest
from volume_project import write_project

from rlseg.__main__ import main


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn volume with its labels, rules, and the words that train on it."""
    return write_project(tmp_path_factory.mktemp("volume"))


@pytest.fixture(scope="session")
def model(project: Path) -> Path:
    """One epoch of imitation on it."""
    assert main(["fit", "--config", str(project / "config.yaml"), "--model.imitation.share", "1"]) == 0
    return project / "runs/run/version_0/checkpoints/best.ckpt"
