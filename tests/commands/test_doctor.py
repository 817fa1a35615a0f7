"""`rlseg doctor` on this machine, and on ones where something is wrong."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch

import rlseg.commands.doctor as doctor
from rlseg.__main__ import main
from rlseg.commands.doctor.device import device_lines
from rlseg.commands.doctor.formats import format_lines
from rlseg.commands.doctor.line import Line
from rlseg.commands.doctor.packages import package_lines
from rlseg.commands.doctor.places import place_lines
from rlseg.commands.doctor.selftest import selftest_lines
from rlseg.commands.doctor.solver import solver_lines
from rlseg.errors import RlsegError


def texts(lines: list[Line]) -> dict[str, str]:
    return {line.name: str(line) for line in lines}


def test_all_is_well_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    printed = capfd.readouterr()
    lines = printed.out.splitlines()
    assert lines[-1] == "all is well"
    found = {line[:18].strip(): line[18:].strip() for line in lines}
    assert found["torch"] == metadata.version("torch")
    assert found["multicut"] == "works"
    assert found["OME-Zarr"] == f"by zarr {metadata.version('zarr')}"
    assert found["self-test"].startswith("a step of training and a prediction work")
    assert found["working folder"].startswith(str(tmp_path))
    assert {"rlseg", "python", "device", "threads", "compiled loops", "torch-scatter"} <= found.keys()
    assert "step 1" not in printed.err, "nothing of the training is shown"
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_formats_that_are_there_missing_and_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise OSError("libjxr.so: cannot open\nshared object file")

    optional = {"A": ("numpy", "numpy", "a"), "B": ("such-a-thing", "such_a_thing", "b")}
    monkeypatch.setattr("rlseg.commands.doctor.formats.OPTIONAL", optional)
    found = texts(format_lines())
    assert found["formats"].endswith("PNG, TIFF, NIfTI; labels also as outlines and JSON")
    assert found["A"].endswith(f"by numpy {np.__version__}")
    assert found["B"].endswith('not here; pip install "rlseg[b]" brings it')
    monkeypatch.setattr("rlseg.commands.doctor.formats.import_module", broken)
    said = "is here and cannot be loaded (OSError: libjxr.so: cannot open shared object file)"
    assert said in texts(format_lines())["A"]
    assert not any(line.problem for line in format_lines())


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("rlseg.commands.doctor.packages.NEEDED", ("numpy", "such-a-thing"))
    assert "PROBLEM: missing: pip install such-a-thing" in texts(package_lines())["such-a-thing"]
    monkeypatch.setattr(doctor, "PARTS", (("packages", package_lines),))
    assert main(["doctor"]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "1 problem(s)"


def test_a_part_that_breaks_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> list[Line]:
        raise OSError("libx.so: cannot open\nshared object file")

    monkeypatch.setattr(doctor, "PARTS", (("device", broken), ("packages", package_lines)))
    assert main(["doctor"]) == 2
    printed = capsys.readouterr().out
    assert (
        "device             PROBLEM: cannot be looked at: OSError: libx.so: cannot open shared object file" in printed
    )
    assert "\ntorch " in printed


@pytest.mark.parametrize("name", ["nifty", "affogato"])
def test_packages_that_are_not_what_their_names_suggest(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(solver_lines()) == 1
    info = tmp_path / f"{name}-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = solver_lines()[1]
    assert f"pip uninstall {name}" in found.text
    assert not found.problem


def test_a_solver_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlseg.environment.solve_multicut", lambda *_: np.zeros((1, 4), int))
    assert "PROBLEM: a wrong multicut" in texts(solver_lines())["multicut"]


def test_why_there_is_no_better_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "cpu; this torch was built without CUDA" in texts(device_lines())["device"]
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "nvidia-smi" in texts(device_lines())["device"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES is ''" in texts(device_lines())["device"]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="a folder that not even root can write to")
def test_a_working_folder_that_cannot_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/proc")
    assert "PROBLEM: /proc: cannot be written to" in texts(place_lines())["working folder"]


def test_loops_that_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(function: object) -> None:
        raise RuntimeError("no locator available")

    monkeypatch.setattr("rlseg.commands.doctor.places.FunctionCache", nowhere)
    assert "set NUMBA_CACHE_DIR" in texts(place_lines())["compiled loops"]


def test_a_self_test_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(words: list[str]) -> int:
        print("almost there")
        raise RlsegError("no memory")

    monkeypatch.setattr("rlseg.commands.doctor.selftest.run_fit", fit)
    assert "PROBLEM: failed: no memory almost there" in texts(selftest_lines())["self-test"]
