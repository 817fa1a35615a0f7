"""Programs of other people: what is missing is said, what is there is run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from experiments.baselines import pretrained as baselines_pretrained
from experiments.drawings import __main__ as draw


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    draw.write(draw.draw("circles", 1, 0), tmp_path)
    folders = ["--images", str(tmp_path / "images"), "--labels", str(tmp_path / "labels")]
    weights = ["--stardist", str(tmp_path / "stars"), "--cellpose", str(tmp_path / "cells")]
    return [*folders, *weights, "--json", str(tmp_path / "rows.json")]


def rows(words: list[str]) -> list[dict[str, Any]]:
    assert baselines_pretrained.main(words) == 0
    found: list[dict[str, Any]] = json.loads(Path(words[-1]).read_text())["rows"]
    return found


def test_missing_packages_are_named(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stardist", "stardist.models", "cellpose", "cellpose.models"):
        monkeypatch.setitem(sys.modules, name, None)
    notes = [row["note"] for row in rows(words)]
    assert notes[0].startswith("not available: the package stardist")
    assert notes[1].startswith("not available: the package cellpose")


class Stars:
    def __init__(self, config: None, name: str, basedir: str) -> None:
        assert (Path(basedir) / name / "config.json").is_file()

    def predict_instances(self, image: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
        return (image > 0.5).astype(np.int32), {}


class Cells:
    def __init__(self, gpu: bool, pretrained_model: str) -> None:
        assert Path(pretrained_model).is_file()

    def eval(self, image: np.ndarray) -> tuple[np.ndarray, None, None]:
        return np.zeros(image.shape, np.uint16), None, None


def test_what_is_there_is_run(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "stardist.models", SimpleNamespace(StarDist2D=Stars))
    monkeypatch.setitem(sys.modules, "cellpose.models", SimpleNamespace(CellposeModel=Cells))
    assert ["weights" in row["note"] for row in rows(words)] == [True, True]
    (tmp_path / "stars" / "stars").mkdir(parents=True)
    (tmp_path / "stars" / "stars" / "config.json").write_text("{}")
    (tmp_path / "cells").write_text("")
    assert ["mean_ap" in row for row in rows(words)] == [True, True]


def test_missing_images_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert baselines_pretrained.main(["--images", "no/such/folder"]) == 2
    assert "no/such/folder" in capsys.readouterr().err
