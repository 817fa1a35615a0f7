"""Where rlseg runs: beside itself, without a network, a home or a folder to write to, and how it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from nuclei import ROOT, Run

from rlseg.__main__ import main
from rlseg.io.read import read_image
from rlseg.prediction.predictor import Predictor

NO_NETWORK = """
import socket

def refuse(*args, **kwargs):
    raise SystemExit(f"somebody asks for the network: {args}")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""


def test_76_two_predictions_from_one_model_at_a_time(folder: Path, trained: Run) -> None:
    images = sorted((folder / "images").iterdir())
    start = Barrier(2)

    def labels(_: int = 0, wait: bool = True) -> list[bytes]:
        if wait:
            start.wait(60)
        predictor = Predictor(trained.best, "cpu")
        return [predictor(read_image(image).pixels, image.stem).labels.tobytes() for image in images]

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(labels, range(2)))
    assert both == [labels(wait=False)] * 2


@pytest.mark.slow
def test_76_two_commands_at_a_time(folder: Path, trained: Run, tmp_path: Path) -> None:
    words = ["predict", str(trained.best), str(folder / "images"), "--output"]
    both = [
        subprocess.Popen([sys.executable, "-m", "rlseg", *words, str(tmp_path / name)], cwd=ROOT) for name in ("a", "b")
    ]
    assert [process.wait(300) for process in both] == [0, 0]
    assert main([*words, str(tmp_path / "alone")]) == 0
    for file in (tmp_path / "alone").iterdir():
        assert {(tmp_path / name / file.name).read_bytes() for name in ("a", "b")} == {file.read_bytes()}


def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a process without network, without home, with a package folder that nobody can write to.

    Permissions do not hold for root; that a plain file stands where a folder would have to be made does.
    """
    site = tmp_path / "site"
    shutil.copytree(ROOT / "rlseg", site / "rlseg", ignore=shutil.ignore_patterns("__pycache__"))
    for place in [site, *site.rglob("*")]:
        if place.is_dir():
            (place / "__pycache__").touch()
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    (tmp_path / "home").touch()
    # matplotlib, which some package loads, would say that it cannot write
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(site),
        "OMP_NUM_THREADS": "1",
        "MPLCONFIGDIR": str(tmp_path),
    }


PROBE = """
import numba, rlseg
assert rlseg.__file__.startswith({site!r}), rlseg.__file__
from rlseg.graph.sample import Sample

def add(a, b):
    return a + b

add.__code__ = add.__code__.replace(co_filename=rlseg.__file__)
try:
    numba.njit(cache=True)(add)
except RuntimeError as error:
    assert "no locator" in str(error)
else:
    raise SystemExit("numba has found a place to write to")
from rlseg.jit import jit
assert jit(add)(1, 2) == 3
import threading, rlseg.prediction.predictor, rlseg.commands.fit
assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
"""


def test_77_78_it_starts_without_network_home_and_a_folder_to_write_to_and_without_threads(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PROBE.format(site=str(tmp_path / "site"))]
    done = subprocess.run(words, cwd=tmp_path, env=bare(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "site").rglob("*.nbi"))


@pytest.mark.slow
@pytest.mark.parametrize("home", ["a file", "unset"])
def test_77_it_predicts_there(home: str, folder: Path, trained: Run, tmp_path: Path) -> None:
    """Slow, for all loops are compiled anew."""
    environment = bare(tmp_path)
    if home == "unset":
        del environment["HOME"]
    words = ["predict", str(trained.best), str(folder / "images"), "--output"]
    command = [sys.executable, "-m", "rlseg", *words, str(tmp_path / "labels")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert main([*words, str(tmp_path / "as always")]) == 0
    for file in (tmp_path / "as always").iterdir():
        assert file.read_bytes() == (tmp_path / "labels" / file.name).read_bytes()


IMPORT = """
import os, resource, threading
before = resource.getrusage(resource.RUSAGE_SELF)
import rlseg
after = resource.getrusage(resource.RUSAGE_SELF)
assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
assert threading.active_count() == 1
assert not os.path.isdir("/proc/self/task") or len(os.listdir("/proc/self/task")) == 1
"""


def test_78_importing_takes_no_time_and_starts_no_threads() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
