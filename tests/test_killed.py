"""Runs that are killed by the system, at any moment, and what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nuclei import write_folder

TESTS = Path(__file__).parent
PATH = os.pathsep.join((str(TESTS), str(TESTS.parent)))
# each fork saves its number again and again in the same file, and is killed within 30 ms
SAVE = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from rlseg.run_folder import WholeCheckpointIO

path, chance = Path(sys.argv[1]), random.Random(0)
for kill in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        number = kill * 10**6
        while True:
            WholeCheckpointIO().save_checkpoint({"number": number, "all": torch.full((50_000,), float(number))}, path)
            number += 1
    time.sleep(chance.uniform(0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if path.exists():
        saved = torch.load(path, weights_only=True)
        assert bool((saved["all"] == saved["number"]).all())
        print(saved["number"])
"""


def python(*words: str) -> str:
    """What a Python process with one thread prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": PATH}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("kills", [15, pytest.param(100, marks=pytest.mark.slow)])
def test_51_a_checkpoint_that_is_killed_while_it_is_written_is_the_one_before_or_the_new_one(
    tmp_path: Path, kills: int
) -> None:
    """Nothing else is done but saving."""
    found = [int(number) for number in python("-c", SAVE, str(tmp_path / "last.ckpt"), str(kills)).split()]
    assert found == sorted(found)
    assert len(set(found)) > kills / 5
    assert {path.name for path in tmp_path.iterdir()} <= {"last.ckpt", "last.ckpt.part"}


def test_51_52_a_training_that_is_killed_five_times_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    said = python(str(TESTS / "killed_runs.py"), str(write_folder(tmp_path / "crops", 3)), str(tmp_path), "5", "0")
    assert "kills 5" in said


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_51_52_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    crops = str(write_folder(tmp_path / "crops", 3))
    assert "kills 25" in python(str(TESTS / "killed_runs.py"), crops, str(tmp_path), "25", str(seed))
