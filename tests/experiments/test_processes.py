"""Whole processes of two builds side by side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tifffile

from experiments import ROOT
from experiments.analysis import processes as processes_module
from experiments.analysis.one_process import Cost, least, run
from experiments.analysis.processes import Processes, wanted_works
from experiments.analysis.start_up import StartUp, imports_of, rows
from experiments.analysis.works import TEXTBOOK, Peer, Pictures, Work, write_pictures
from rlseg.errors import RlsegError


def test_a_process_costs_time_and_memory_and_uses_the_build_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "rlseg").mkdir()
    (tmp_path / "rlseg/__init__.py").write_text("MINE = 1\n", encoding="utf-8")
    cost = run(["-c", "import rlseg; rlseg.MINE; x = bytearray(50_000_000); sum(range(10**6))"], tmp_path)
    assert 0 < cost.cpu < 60
    assert cost.wall > 0
    assert cost.memory > 50
    with pytest.raises(RlsegError, match="fails with"):
        run(["-c", "import rlseg; rlseg.MINE"], ROOT)


def test_the_least_of_each_is_taken() -> None:
    assert least([Cost(1.0, 5.0, 7.0), Cost(2.0, 3.0, 8.0)]) == Cost(1.0, 3.0, 7.0)


def test_the_memory_is_not_that_of_who_has_started_it(tmp_path: Path) -> None:
    held = b"x" * 300_000_000
    assert run(["-c", "pass"], tmp_path).memory < 100
    assert len(held) == 300_000_000


def test_a_process_gets_the_cores_and_the_folder_that_it_is_given(tmp_path: Path) -> None:
    code = "import os; open('cores', 'w').write(str(len(os.sched_getaffinity(0))))"
    run(["-c", code], tmp_path, cores=1, folder=tmp_path)
    assert (tmp_path / "cores").read_text(encoding="utf-8") == "1"


def test_an_earlier_build_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match="holds no package rlseg"):
        Processes(tmp_path, tmp_path)


NOTHING = Peer("nothing", ("-c", "pass"))


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """With a model of no training."""

    def train(words: tuple[str, ...], build: Path) -> Cost:
        (tmp_path / "model").mkdir()
        (tmp_path / "model/best.ckpt").touch()
        return Cost(0, 0, 0)

    with monkeypatch.context() as only_here:
        only_here.setattr(processes_module, "run", train)
        (tmp_path / "earlier/rlseg").mkdir(parents=True)
        (tmp_path / "earlier/rlseg/__init__.py").write_text("EARLIER = bytearray(80_000_000)\n", encoding="utf-8")
        return Processes(tmp_path, tmp_path / "earlier")


def test_builds_and_peers_take_turns(processes: Processes) -> None:
    found = processes.compare(Work("import", ("-c", "import rlseg"), NOTHING, 3.0), rounds=1)
    assert set(found.costs) == {"before", "now", "peer"}
    assert found.costs["before"].memory > found.costs["now"].memory + 40
    assert found.ratio == found.costs["now"].wall / found.costs["peer"].wall
    said = found.as_dict()
    assert said["limit"] == 3.0
    assert said["now"] == vars(found.costs["now"])


def test_a_work_gets_its_pictures_and_an_empty_output(processes: Processes) -> None:
    code = "import sys, pathlib; model, images, output = map(pathlib.Path, sys.argv[1:]); assert model.is_file();"
    code += "assert len(list(images.iterdir())) == 2; output.mkdir()"
    words = ("-c", code, "{model}", "{images}", "{output}")
    found = processes.compare(Work("look", words, NOTHING, 3.0, Pictures(2, 300), memory=True), rounds=2)
    assert found.ratio == found.costs["now"].memory / found.costs["peer"].memory
    assert sorted(path.name for path in (processes.folder / "2_300").iterdir()) == ["0.tif", "1.tif"]
    assert tifffile.imread(processes.folder / "2_300/1.tif").shape == (300, 300)


def test_what_writes_beside_its_package_gets_a_copy(processes: Processes) -> None:
    code = "import pathlib, experiments; assert experiments.ROOT == pathlib.Path.cwd(); pathlib.Path('runs').mkdir()"
    processes.compare(Work("demo", ("-c", code), NOTHING, 3.0, own_tree=True, rounds=1), rounds=3, first=False)


def test_the_first_time_does_not_count(processes: Processes) -> None:
    code = "import pathlib, sys; seen = pathlib.Path(sys.argv[1]).with_name('seen'); first = not seen.exists();"
    code += "seen.touch(); held = bytearray(200_000_000) if first else None"
    only_now = Work("once", ("-c", code, "{model}"), NOTHING, 3.0, rounds=1)
    processes.builds = {"now": ROOT}
    assert processes.compare(only_now, rounds=2).costs["now"].memory < 100
    processes.model.with_name("seen").unlink()
    assert processes.compare(only_now, rounds=2, first=False).costs["now"].memory > 150


def test_what_takes_minutes_is_left_out() -> None:
    assert not [work for work in wanted_works("", False) if work.asked]
    assert [work.name for work in wanted_works("demo", True)] == ["make demo"]


def test_the_textbook_finds_objects(tmp_path: Path) -> None:
    write_pictures(Pictures(1, 256), tmp_path / "in")
    run([TEXTBOOK, str(tmp_path / "in"), str(tmp_path / "out")], ROOT)
    assert tifffile.imread(tmp_path / "out/0.tif").max() > 5


LISTED = """\
import time: self [us] | cumulative | imported package
import time:       100 |        100 |   encodings
import time:      2000 |       3000 | numpy.linalg
import time:      1500 |       1500 |   numpy
rlseg: something else
import time:       500 |        900 | llvmlite.ir
import time:       600 |        900 | scipy.ndimage._filters
import time:       700 |        900 | json
"""


def test_imports_are_summed_by_who_needs_them() -> None:
    found = imports_of(LISTED.splitlines(), left_out=["encodings"])
    assert found == {"numpy": 3.5, "the standard library": 0.7, "scipy.ndimage": 0.6, "numba": 0.5}
    shown = rows(StartUp(whole=30, interpreter=10, imports=found, once=4, image=5), least_ms=1)
    assert shown["import numpy"] == 3.5
    assert shown["import all others"] == pytest.approx(1.8)


def test_networks_that_are_not_installed_are_said_to_be(tmp_path: Path) -> None:
    script = ROOT / "experiments/baselines/networks_alone.py"
    done = subprocess.run([sys.executable, str(script), "stardist"], capture_output=True, text=True)
    assert done.returncode == 3
    assert "stardist" in done.stderr
