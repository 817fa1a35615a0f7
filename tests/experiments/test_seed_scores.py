"""Trained seeds scored on another folder, and compared there with baselines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from nuclei import Run

from experiments.analysis import compare, seed_scores
from experiments.baselines import classical
from experiments.results.seeds import score_checkpoint
from rlseg.metrics import by_image


def seeds_of(trained: Run, folder: Path, count: int) -> Path:
    """A folder of so many seeds, all of them the same checkpoint."""
    for seed in range(count):
        place = folder / "policy_gradient" / f"seed_{seed}" / "checkpoints"
        place.mkdir(parents=True)
        shutil.copy(trained.best, place / "best.ckpt")
    return folder / "policy_gradient"


def test_the_row_of_seeds_is_the_mean_over_them(trained: Run, folder: Path, tmp_path: Path) -> None:
    source, cache = seeds_of(trained, tmp_path, 2), tmp_path / "cache"
    row = seed_scores.row(source, folder, cache)
    alone = score_checkpoint(trained.best, folder)
    mean = by_image(list(alone.found.values()))
    assert row["method"] == "rlseg, policy gradient"
    assert (row["seeds"], row["mean_ap_sd"]) == (2, 0)
    assert (row["mean_ap"], row["ap50"], row["ap75"]) == pytest.approx((mean.mean_ap, mean.ap50, mean.ap75))
    assert row["images"] == pytest.approx([alone.found[name].summary.mean_ap for name in sorted(alone.found)])
    assert row["of_seeds"] == {"0": pytest.approx(row["images"]), "1": pytest.approx(row["images"])}
    assert len(list(cache.glob("*.npz"))) == len(row["images"])


def test_seeds_are_compared_with_baselines_on_the_same_folder(trained: Run, folder: Path, tmp_path: Path) -> None:
    source = seeds_of(trained, tmp_path, 1)
    ours, theirs, rows = (tmp_path / f"{name}.json" for name in ("seeds", "baselines", "rows"))
    assert seed_scores.main([str(source), "--folder", str(folder), "--json", str(ours)]) == 0
    images = ["--images", str(folder / "images"), "--labels", str(folder / "labels")]
    assert classical.main([*images, "--json", str(theirs)]) == 0
    words = [f"{ours}:policy gradient", f"{theirs}:Otsu + distance watershed", f"{theirs}:outline rule"]
    assert compare.main([*words, "--test", str(folder), "--json", str(rows)]) == 0
    first, second = json.loads(rows.read_text())["rows"]
    kept = {row["method"]: row["images"] for row in json.loads(theirs.read_text())["rows"]}
    assert first["first"] == second["first"] == pytest.approx(seed_scores.row(source, folder)["mean_ap"])
    assert first["second"] == pytest.approx(np.mean(kept["Otsu + distance watershed"]))
    assert second["second"] == pytest.approx(np.mean(kept[classical.OUTLINED]))
    assert first["images"] == len(list((folder / "images").iterdir()))


def test_a_folder_without_checkpoints_is_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert seed_scores.main([str(tmp_path)]) == 2
    assert "holds no seed_*/checkpoints/best.ckpt" in capsys.readouterr().err
