"""Kinds of errors on drawn squares, and the table on two real images."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from nuclei import Run

from experiments.analysis import nuclei_errors


def squares(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    labels = np.zeros((20, 40), np.int32)
    for number, (top, bottom, left, right) in enumerate(boxes, start=1):
        labels[top:bottom, left:right] = number
    return labels


TRUTH = squares((2, 12, 2, 12), (2, 12, 14, 24))


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (TRUTH, {"found": 2}),
        (squares((2, 12, 2, 24)), {"merged": 2}),
        (squares((2, 12, 2, 12)), {"found": 1, "missed": 1}),
        (squares((2, 12, 2, 7), (2, 12, 7, 12), (2, 12, 14, 24)), {"found": 1, "split": 1}),
        (squares((2, 6, 2, 12), (2, 12, 14, 24)), {"found": 1, "outline": 1}),
        (squares((0, 20, 0, 13), (2, 12, 14, 24)), {"found": 1, "outline": 1}),
        (np.zeros_like(TRUTH), {"missed": 2}),
    ],
)
def test_each_true_object_has_one_fate(found: np.ndarray, kinds: dict[str, int]) -> None:
    assert {kind: n for kind, n in nuclei_errors.kinds_of(found, TRUTH).items() if n} == kinds


def test_the_table_of_real_images(trained: Run, tmp_path: Path) -> None:
    names = [file.name for file in sorted((nuclei_errors.TRAIN / "images").iterdir())]
    for name in (names[0], names[1]):  # one is blurred, the other is not
        for kind in ("images", "labels"):
            (tmp_path / kind).mkdir(exist_ok=True)
            shutil.copy(nuclei_errors.TRAIN / kind / name, tmp_path / kind / name)
    output = tmp_path / "rows.json"
    assert nuclei_errors.main([str(trained.best), "--folder", str(tmp_path), "--json", str(output)]) == 0
    rows = json.loads(output.read_text())["rows"]
    assert [row["images"] for row in rows[::5]] == ["all (2)", "sharp (1)", "blurred (1)"]
    scores = {row["method"]: row["mean_ap"] for row in rows[:5]}
    assert scores["superpixels projected to the truth"] > max(scores["rlseg"], 0.6)
    assert scores["true objects"] == 1
    paid = {row["method"]: row["reward"] for row in rows[:5]}
    assert 0.3 < paid["true objects"] <= 1
    refined = paid["the same, outlines refined"]
    assert paid["superpixels projected to the truth"] < refined, "these outlines follow the brightness"
    for one, two, three in zip(rows[:5], rows[5:10], rows[10:], strict=True):
        for kind in nuclei_errors.KINDS:
            assert one[kind] == two[kind] + three[kind]


def test_a_missing_checkpoint_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nuclei_errors.main([str(tmp_path / "none.ckpt")]) == 2
    assert len(capsys.readouterr().err.splitlines()) <= 2
