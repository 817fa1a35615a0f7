"""The comparison on drawn embryos: its rules against the truth, and the whole command on two drawings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiments.analysis import embryo_report as report
from experiments.baselines import membranes
from experiments.drawings.embryo import draw_embryo
from experiments.results.differences import Scores
from rlseg.__main__ import main as rlseg
from rlseg.graph.sample import Sample

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sample() -> Sample:
    drawn = draw_embryo(0)
    return report.PREPARATION(drawn.image, "drawing", drawn.truth)


def test_the_truth_is_perfect_and_its_two_backgrounds_are_told_apart(sample: Sample) -> None:
    assert sample.truth is not None
    parts = report.true_partition(sample.truth)
    assert parts[0, 0] == 1
    assert parts[194, 168] == 2
    np.testing.assert_array_equal(parts >= 3, sample.truth > 0)
    perfect = report.score(lambda s: report.true_partition(s.truth), [sample])
    assert perfect.vi_all == perfect.vi_cells == (0, 0)
    assert perfect.are == 0
    assert perfect.ap50 > 0.95  # a cell or two are smaller than the rule of plausible areas allows
    # yolk and surroundings in one are a merge of all pixels, and none of the cells
    joined = report.score(lambda s: s.truth, [sample])
    assert joined.vi_all[0] == 0 < joined.vi_all[1]
    assert joined.vi_cells == (0, 0)


def test_only_plausible_segments_in_the_ring_are_objects(sample: Sample) -> None:
    assert sample.truth is not None
    rows, columns = np.indices((374, 346))
    distance = np.hypot(rows - 194, columns - 168)
    assert not report.objects_in_ring(np.where(distance < 80, 1, 0)).any()  # yolk and all the rest
    one = sample.truth == 7
    np.testing.assert_array_equal(report.objects_in_ring(one.astype(int)) > 0, one)
    crumb = np.zeros_like(one)
    crumb[194, 168 + 110 : 168 + 130] = True
    assert not report.objects_in_ring(crumb.astype(int)).any()


def test_the_command_compares_a_checkpoint_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("images", "labels"):
        (tmp_path / part).mkdir()
    for seed in range(2):
        drawn = draw_embryo(seed)
        Image.fromarray(np.rint(255 * drawn.image[0]).astype(np.uint8)).save(tmp_path / "images" / f"{seed}.png")
        Image.fromarray(drawn.truth.astype(np.uint8)).save(tmp_path / "labels" / f"{seed}.png")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(report, "mutex_watersheds", lambda lines: {"only": membranes.mutex_watershed((5,), 1.0, lines)})
    monkeypatch.setattr(membranes, "BIASES", np.array([0.0, 1.0]))
    folder, log = f"{tmp_path}/images", "--trainer.logger.init_args"
    train = ["fit", "--config", "experiments/embryo.yaml", "--data.images", folder, "--data.labels", "null"]
    train += ["--data.test_images", "null", "--data.test_labels", "null"]
    train += [f"{log}.save_dir", str(tmp_path), "--data.cache", "null", "--data.batches_per_epoch", "2"]
    assert rlseg([*train, "--trainer.max_epochs", "1", "--model.threads", "1", "--data.workers", "1"]) == 0
    capsys.readouterr()
    checkpoint = str(next(tmp_path.rglob("best.ckpt")))
    shutil.copytree(tmp_path / "embryo" / "version_0", tmp_path / "embryo" / "version_1")
    options = ["--train", str(tmp_path), "--test", str(tmp_path), "--chosen-on", "1", "--json", f"{tmp_path}/rows.json"]
    assert report.main([checkpoint, checkpoint.replace("version_0", "version_1"), *options]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")][2:]
    rows = json.loads((tmp_path / "rows.json").read_text())["rows"]
    assert [row["method"] for row in rows] == [line.split("|")[1].strip() for line in lines]
    assert len(rows) == 7
    for line, row in zip(lines, rows, strict=True):
        assert row["vi"] == pytest.approx(row["vi_split"] + row["vi_merge"])
        assert f"{row['vi']:.3f}" in line
    for row in (row for row in rows if "seeds" not in row):
        assert row["by_image"].keys() == set(report.COLUMNS)
        for name, values in row["by_image"].items():
            assert values.keys() == {"0", "1"}
            assert np.mean(list(values.values())) == pytest.approx(row[name], abs=1e-6)
    learned = Scores.of_rows(rows, "embryo", "vi")
    assert learned is not None
    assert learned.seeds == (0, 1)
    assert learned.values.mean() == pytest.approx(rows[3]["vi"], abs=1e-6)
    assert 0 < rows[0]["vi"] == min(row["vi"] for row in rows)
    assert (rows[3]["seeds"], rows[3]["vi"], rows[3]["vi_sd"]) == (2, pytest.approx(rows[2]["vi"]), 0)
    assert "best of 4" in rows[4]["note"]
    assert report.main([str(tmp_path / "none.ckpt"), *options]) == 2
    assert capsys.readouterr().err
