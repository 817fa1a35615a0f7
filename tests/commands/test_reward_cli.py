"""`rlseg reward check` as users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlseg.commands.reward import main

FILES = Path(__file__).parents[1] / "reward_files"
WRONG = str(FILES / "err" / "extends_faults.yaml")
RIGHT = str(FILES / "ok" / "everything.yaml")


def test_right_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RIGHT, str(FILES / "ok" / "smallest.yaml")]) == 0
    first, second = [line for line in capsys.readouterr().out.splitlines() if line]
    assert first == f"{RIGHT}: ok, 5 classes, 5 terms"
    assert second.endswith("smallest.yaml: ok, 1 classes, 0 terms")


def test_one_wrong_file_among_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RIGHT, WRONG, "nowhere.yaml"]) == 2
    out = capsys.readouterr().out
    assert f"{RIGHT}: ok" in out
    assert f"6 problem(s) in {WRONG}" in out
    assert "nowhere.yaml: cannot find this file  [file-not-found]" in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", WRONG, RIGHT, "--format", "json"]) == 2
    problems = json.loads(capsys.readouterr().out)
    assert len(problems) == 6
    first = problems[0]
    assert (first["file"], first["line"], first["column"], first["end_column"]) == (WRONG, 9, 7, 15)
    assert (first["code"], first["suggestion"]) == ("missing-key", "perimeter")
    assert {Path(problem["file"]).name for problem in problems} == {
        "extends_faults.yaml",
        "extends_base.yaml",
    }
    assert main(["check", RIGHT, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("args", [[], ["check"], ["chek", RIGHT], ["check", RIGHT, "--format", "xml"]])
def test_wrong_command_lines(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    assert "usage: rlseg reward" in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "check" in capsys.readouterr().out
