"""Loops that are compiled when first called, and what checking a file must not wait for."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pytest

from rlseg.arrays import LazyModule
from rlseg.jit import compiled

ROOT = Path(__file__).parents[2]
# prints what slow packages are loaded and how many threads run (those of C libraries too, where /proc tells)
START_UP = """
import os, sys, threading
import rlseg
from rlseg.__main__ import main
words = sys.argv[1:]
assert not words or main(words) == 0
slow = {
    "numpy", "numba", "scipy", "skimage", "torch", "torch_geometric", "lightning", "PIL", "tifffile", "bioimage_cpp"
}
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()
print("loaded", sorted(slow & set(sys.modules)), "threads", threads)
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


def test_numba_starts_without_scipy_and_finds_its_blas_where_that_is_needed() -> None:
    code = (
        "import sys, numpy; from rlseg.jit import jit; once = jit(lambda a: a + 1); product = jit(lambda a: a @ a); "
        "print(once(1), 'scipy.linalg' in sys.modules, product(numpy.eye(2)).sum(), 'scipy.linalg' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert said.stdout == "2 False 2.0 True\n", said.stderr


lazy = LazyModule("numpy")


@compiled
def _ones(count: int) -> np.ndarray:
    return lazy.ones(count)


def test_a_compiled_function_may_use_a_lazy_module() -> None:
    assert isinstance(lazy, LazyModule)
    assert np.array_equal(_ones(2), [1.0, 1.0])
    assert isinstance(_ones, numba.core.dispatcher.Dispatcher)
    assert lazy is np


@compiled
def _plus_one(value: int) -> int:
    return value + 1


def test_threads_that_call_at_the_same_time() -> None:
    call = _plus_one
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(call, range(8))) == list(range(1, 9))


@pytest.mark.parametrize(
    "words", ["", "--help", "reward check rewards/nuclei.yaml", "reward explain rewards/nuclei.yaml", "reward schema"]
)
def test_78_starting_loads_nothing_slow(words: str) -> None:
    """If this names numpy: modules that are imported to check a reward file say `from rlseg.arrays import np`."""
    done = subprocess.run([sys.executable, "-c", START_UP, *words.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded [] threads 1"


def test_78_checking_starts_quickly() -> None:
    """Half a second on a machine of today that is not busy; processor time, with room for slower ones."""
    measure = "import resource; r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime)"
    runs = [
        subprocess.run([sys.executable, "-c", f"{START}; {measure}"], check=True, cwd=ROOT, capture_output=True)
        for _ in range(3)
    ]
    assert min(float(run.stdout.split()[-1]) for run in runs) < 1.0
