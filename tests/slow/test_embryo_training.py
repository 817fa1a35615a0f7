"""Rings of embryo cells from rules alone, against the ceiling of their superpixels: `make slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.analysis import embryo_report as report
from experiments.drawings.__main__ import draw, write
from rlseg.__main__ import main as rlseg
from rlseg.data.prepare import Preparation
from rlseg.prediction.predictor import Predictor

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", range(3))
def test_cells_of_drawings_that_training_never_saw(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    write(draw("embryo", 60, 0), tmp_path / "train")
    write(draw("embryo", 16, 1), tmp_path / "test")
    data = ["--data.images", f"{tmp_path}/train/images", "--data.labels", "null", "--data.cache", "null"]
    log = ["--trainer.logger.init_args.save_dir", str(tmp_path), "--seed_everything", str(seed)]
    assert rlseg(["fit", "--config", "experiments/embryo.yaml", *data, *log]) == 0
    samples = report.load(tmp_path / "test", Preparation(superpixels=report.SUPERPIXELS, ring=report.RING))
    found = report.score(report.trained(Predictor(next(tmp_path.rglob("best.ckpt")), device="cpu")), samples)
    assert sum(found.vi_all) <= 1.15 * sum(report.score(report.ceiling, samples).vi_all)
    assert found.ap50 >= 0.78
