"""The comparison on polygonal cells: only annotated pixels count, and the whole command on two small tiles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.analysis import cells_report as report
from experiments.baselines import membranes
from rlseg.graph.sample import Sample
from rlseg.io.read import read_image, read_labels

TILE = Path(__file__).parents[2] / "experiments" / "data" / "cells" / "train"


@pytest.fixture(scope="module")
def sample() -> Sample:
    raw = read_image(TILE / "images" / "endo04_00.png").pixels[:, :96, :96]
    truth = read_labels(TILE / "labels" / "endo04_00.png", (192, 192))[:96, :96].copy()
    truth[:20] = 0  # not annotated
    return report.PREPARATION(raw, "tile", truth)


def test_only_annotated_pixels_count(sample: Sample) -> None:
    truth = sample.truth
    assert truth is not None
    anything = np.where(truth > 0, truth, np.arange(truth.size).reshape(truth.shape) + 1000)
    perfect = report.each(lambda s: anything, [sample])["tile"]
    assert (perfect["mean_ap"], perfect["vi_split"], perfect["vi_merge"], perfect["are"]) == (1, 0, 0, 0)
    merged = report.each(lambda s: np.zeros_like(truth), [sample])["tile"]
    assert merged["ap50"] == 0
    assert merged["vi_merge"] > 2
    ceiling = report.each(report.ceiling, [sample])["tile"]
    assert 0.3 < ceiling["mean_ap"] < 1


def test_the_command_chooses_constants_on_training_tiles(
    tmp_path: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    Image.fromarray(np.rint(255 * sample.image[0]).astype(np.uint8)).save(tmp_path / "images" / "a.png")
    Image.fromarray(sample.truth.astype(np.uint16)).save(tmp_path / "labels" / "a.png")
    monkeypatch.setattr(report, "mutex_watersheds", lambda: {"only": membranes.mutex_watershed((9,), 2.0)})
    monkeypatch.setattr(report, "watersheds", lambda: {"only": membranes.grey_watershed(3)})
    monkeypatch.setattr(membranes, "BIASES", np.array([-9.0, 0.0, 9.0]))
    rows = tmp_path / "rows.json"
    assert report.main(["--train", str(tmp_path), "--test", str(tmp_path), "--json", str(rows)]) == 0
    found = json.loads(rows.read_text())["rows"]
    assert [row["method"] for row in found] == [
        line[2:38].strip() for line in capsys.readouterr().out.splitlines() if line.startswith("| ")
    ][2:]
    assert len(found) == 5
    assert found[0]["mean_ap"] == max(row["mean_ap"] for row in found)
    assert found[1]["note"].startswith("bias 0.0")
    for row in found:
        assert row["by_image"].keys() == set(report.COLUMNS)
        assert all(values == {"a": pytest.approx(row[name], abs=1e-6)} for name, values in row["by_image"].items())
    assert report.main([str(tmp_path / "none.ckpt"), "--train", str(tmp_path), "--test", str(tmp_path)]) == 2
    assert "none.ckpt" in capsys.readouterr().err
