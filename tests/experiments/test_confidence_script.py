"""Whether the scores in the table of objects tell wrong objects from right ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from nuclei import Run

from experiments.analysis import confidence


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    generator = np.random.default_rng(0)
    score = generator.integers(0, 6, 60).astype(float)  # with ties
    wrong = generator.random(60) < 0.3
    pairs = [(s > w) + 0.5 * (s == w) for s in score[~wrong] for w in score[wrong]]
    assert confidence.auroc(score, wrong) == pytest.approx(np.mean(pairs))
    assert confidence.auroc(np.array([0.9, 0.1]), np.array([False, True])) == 1
    assert np.isnan(confidence.auroc(score, np.zeros(60, bool)))


def test_best_iou_is_zero_for_objects_on_background() -> None:
    truth = np.array([[1, 1, 1, 0, 2, 2, 0, 0]])
    found = np.array([[1, 1, 0, 0, 2, 3, 3, 4]])
    np.testing.assert_allclose(confidence.best_iou(found, truth), [2 / 3, 1 / 2, 1 / 3, 0])
    assert confidence.best_iou(np.zeros_like(found), truth).shape == (0,)


@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_a_line_for_each_score(
    which: str, folder: Path, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Run = request.getfixturevalue(which)
    file = tmp_path / "deep" / "table.json"
    assert confidence.main([str(run.best), str(folder), "--json", str(file)]) == 0
    rows = json.loads(file.read_text())["rows"]
    assert [row["score"] for row in rows] == (["reward", "q"] if which == "trained_guided" else ["reward"])
    for row in rows:
        assert 0 <= row["wrong"] <= 1
        halves = (row["wrong_better_half"], row["wrong_worse_half"])
        assert min(halves) <= row["wrong"] <= max(halves)
    assert confidence.main([str(tmp_path / "none.ckpt"), str(folder)]) == 2
    assert "no such checkpoint" in capsys.readouterr().err
