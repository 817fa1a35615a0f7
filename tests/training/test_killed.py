"""Runs that are killed by the system, at any moment, and what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nuclei import write_folder

TESTS = Path(__file__).parents[1]
PATH = os.pathsep.join((str(TESTS), str(TESTS.parent)))


def python(*words: str) -> str:
    """What a Python process with one thread prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": PATH}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    ("kills", "seed"), [(2, 0), *(pytest.param(25, seed, marks=pytest.mark.slow) for seed in range(1, 5))]
)
def test_51_52_kill_9_in_training_and_while_a_checkpoint_is_written(tmp_path: Path, kills: int, seed: int) -> None:
    """Every checkpoint that a killed process leaves loads, and the last run ends as if nothing had happened."""
    crops = str(write_folder(tmp_path / "crops", 3))
    said = python(str(TESTS / "killed_runs.py"), crops, str(tmp_path), str(kills), str(seed))
    assert f"killed {kills} times in training\n" in said
    assert f"killed {4 * kills} times while saving\n" in said
