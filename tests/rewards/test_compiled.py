"""Loops that are compiled when first called, and what checking a file must not wait for."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np

from rlseg.rewards.compiled import compiled

ROOT = Path(__file__).parents[2]
CHECK = """
import resource, sys
from rlseg.__main__ import main
assert main(["reward", "check", "rewards/nuclei.yaml"]) == 0
assert main(["reward", "explain", "rewards/nuclei.yaml"]) == 0
assert main(["reward", "schema"]) == 0
slow = {"torch", "lightning", "numba", "scipy", "skimage", "PIL", "tifffile", "bioimage_cpp"} & set(sys.modules)
assert not slow, slow
"""
START = "from rlseg.__main__ import main; main(['reward', 'check', 'rewards/nuclei.yaml'])"


@compiled
def _double(values: np.ndarray) -> np.ndarray:
    return 2 * values


@compiled
def _total_of_doubles(values: np.ndarray) -> float:
    doubled = _double(values)
    total = 0.0
    for i in range(len(doubled)):
        total += doubled[i]
    return total


def test_the_first_call_compiles_also_what_is_called() -> None:
    before = _total_of_doubles
    assert not isinstance(before, numba.core.dispatcher.Dispatcher)
    assert before(np.arange(4.0)) == 12.0
    assert isinstance(_total_of_doubles, numba.core.dispatcher.Dispatcher)
    assert isinstance(_double, numba.core.dispatcher.Dispatcher)
    # whoever has imported it before keeps a function that works
    assert before(np.arange(3.0)) == 6.0
    assert before.__name__ == "_total_of_doubles"


@compiled
def _plus_one(value: int) -> int:
    return value + 1


def test_threads_that_call_at_the_same_time() -> None:
    call = _plus_one
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(8))) == list(range(1, 9))


def test_check_explain_and_schema_import_nothing_slow() -> None:
    subprocess.run([sys.executable, "-c", CHECK], check=True, cwd=ROOT, capture_output=True)


def test_checking_starts_quickly() -> None:
    """Half a second on a machine of today that is not busy; processor time, with room for slower ones."""
    measure = "import resource; r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime)"
    runs = [
        subprocess.run([sys.executable, "-c", f"{START}; {measure}"], check=True, cwd=ROOT, capture_output=True)
        for _ in range(3)
    ]
    assert min(float(run.stdout.split()[-1]) for run in runs) < 1.0
