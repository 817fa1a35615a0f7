"""The comparison on drawn embryos: its rules against the truth, and the whole command on two drawings."""

from __future__ import annotations

from pathlib import Path

import embryo_report as report
import numpy as np
import pytest
from PIL import Image

from rlseg.__main__ import main as rlseg
from rlseg.data.embryo import draw_embryo
from rlseg.data.prepare import Preparation
from rlseg.sample import Sample

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sample() -> Sample:
    drawn = draw_embryo(0)
    return Preparation(superpixels=report.SUPERPIXELS, ring=report.RING)(drawn.image, "drawing", drawn.truth)


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


def test_evidence_of_edges(sample: Sample) -> None:
    u, v = sample.edge_index
    ends = report.ceiling(sample)
    owner = np.zeros(sample.regions.num_nodes, int)
    owner[sample.superpixels.ravel()] = ends.ravel()
    true_cut = owner[u] != owner[v]
    for evidence in (report.boundary_evidence(sample), report.grey_evidence(sample)):
        assert evidence.shape == u.shape
        assert evidence[true_cut].mean() > evidence[~true_cut].mean() + 0.5 * evidence.std()
    lines = report.SUPERPIXELS.ridges(sample.image)
    assert report.boundary_evidence(sample) == pytest.approx(-sample.guide, abs=1e-6)
    inside = report.on_cracks(sample, lines)[1]
    mean = [lines[sample.superpixels == n].mean() for n in (u[0], v[0])]
    assert inside[0] == pytest.approx(np.mean(mean))


def test_a_bias_merges_or_cuts(sample: Sample) -> None:
    counts = [
        len(np.unique(report.multicut(report.grey_evidence, bias, by_length=False)(sample))) for bias in (-9, 0, 9)
    ]
    assert counts[0] == sample.regions.num_nodes
    assert counts[0] > counts[1] > counts[2] == 1
    best = report.best_on([sample], {str(b): report.multicut(report.grey_evidence, b, False) for b in (-9, 0, 9)})
    assert best == "0"


def test_a_mutex_watershed_cuts_at_lines() -> None:
    """Two rooms with a bright wall: one side is one object, and the wall keeps them apart."""
    image = np.full((1, 40, 40), 0.2, np.float32)
    image[:, :, 19:21] = 1.0
    room = Preparation(superpixels=report.SUPERPIXELS)(image)
    labels = report.mutex_watershed((5,), 2.0)(room)
    assert labels[20, 5] != labels[20, 35]
    assert len(np.unique(labels[5:35, 3:15])) == 1
    values = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(report.moved(values, (1, -1))[:2, 1:], values[1:, :-1])
    np.testing.assert_array_equal(report.moved(values, (-1, 0))[0], values[0])


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
    monkeypatch.setattr(report, "mutex_watersheds", lambda: {"only": report.mutex_watershed((5,), 1.0)})
    monkeypatch.setattr(report, "BIASES", np.array([0.0, 1.0]))
    folder, log = f"{tmp_path}/images", "--trainer.logger.init_args"
    train = ["fit", "--config", "experiments/embryo.yaml", "--data.images", folder, "--data.labels", "null"]
    train += ["--data.test_images", "null", "--data.test_labels", "null"]
    train += [f"{log}.save_dir", str(tmp_path), "--data.cache", "null", "--data.batches_per_epoch", "2"]
    assert rlseg([*train, "--trainer.max_epochs", "1", "--model.threads", "1", "--data.workers", "1"]) == 0
    capsys.readouterr()
    checkpoint = str(next(tmp_path.rglob("best.ckpt")))
    options = ["--train", str(tmp_path), "--test", str(tmp_path), "--chosen-on", "1"]
    assert report.main([checkpoint, *options]) == 0
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if line.startswith("|")][2:]
    assert len(rows) == 5
    total = [float(row.split("|")[2].split()[0]) for row in rows]
    assert 0 < total[0] == min(total)
    assert "best of 4" in rows[2]
    assert report.main([str(tmp_path / "none.ckpt"), *options]) == 2
    assert capsys.readouterr().err
