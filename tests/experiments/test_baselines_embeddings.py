"""Embeddings as a segmentation of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from experiments.baselines import embeddings as script
from experiments.baselines.membranes import multicut
from experiments.drawings.circles import draw_circles
from rlseg.agent.config import UNetConfig
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.gradient import GradientWatershed
from rlseg.graph.sample import Sample
from rlseg.training.pretraining import PretrainingModule


@pytest.fixture(scope="module")
def sample() -> Sample:
    drawn = draw_circles(0)
    prepare = Preparation(superpixels=GradientWatershed(sigma=1.0, min_size=80), guide="gradient")
    return prepare(drawn.image, "drawing", drawn.truth)


def test_only_segments_of_the_area_of_a_disc_are_objects() -> None:
    partition = np.zeros((60, 60), int)
    partition[:20, :20] = 1
    partition[30:40, 30:40] = 2
    found = script.discs(partition)
    np.testing.assert_array_equal(found > 0, partition == 1)


def test_the_superpixels_projected_to_the_truth_score_best(sample: Sample) -> None:
    best = script.score_discs(script.projected, [sample])
    assert best["mean_ap"] > 0.8
    whole = script.score_discs(lambda s: s.truth, [sample])
    assert whole == {"mean_ap": 1, "ap50": 1, "vi": 0, "vi_split": 0, "vi_merge": 0}
    pieces = script.score_discs(script.separate, [sample])
    assert pieces["vi_split"] > 2
    assert pieces["mean_ap"] < best["mean_ap"]


def test_distances_are_those_of_mean_embeddings_and_cut_the_graph(sample: Sample) -> None:
    module = PretrainingModule(UNetConfig(widths=(4,), out_channels=3), channels=3)
    embedding = script.Embedding(module)
    found = embedding(sample)
    with torch.no_grad():
        pixels = module.unet(torch.from_numpy(sample.image)[None])[0].numpy()
    u, v = sample.edge_index[:, 5]
    means = [pixels[:, sample.superpixels == n].mean(1) for n in (u, v)]
    assert found[5] == pytest.approx(np.sqrt(np.mean((means[0] - means[1]) ** 2) + 1e-6), rel=1e-3)
    counts = [len(np.unique(script.linked(embedding, share)(sample))) for share in (0, 30, 100)]
    assert sample.regions.num_nodes == counts[0] > counts[1] > counts[2]
    assert len(np.unique(multicut(embedding, 0.5, by_length=False)(sample))) > 1


def test_the_command_trains_the_embedding_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "runs" / "data" / "circles"
    for first, part in enumerate(("train", "development")):
        for kind in ("images", "labels"):
            (data / part / kind).mkdir(parents=True)
        for seed in range(2):
            drawn = draw_circles(2 * first + seed)
            pixels = np.rint(255 * drawn.image[:, :96, :96].transpose(1, 2, 0)).astype(np.uint8)
            Image.fromarray(pixels).save(data / part / "images" / f"{seed}.png")
            Image.fromarray(drawn.truth[:96, :96].astype(np.uint8)).save(data / part / "labels" / f"{seed}.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(script, "SHARES", np.array([20.0, 60.0]))
    tiny = ("--model.unet.widths", "[4, 8]", "--data.batches_per_epoch", "2", "--trainer.max_epochs", "1")
    task = script.Task(
        script.score_discs,
        ("mean_ap", "vi"),
        script.projected,
        script.TASKS["circles"].loss,
        (*tiny, "--data.workers=1"),
    )
    monkeypatch.setitem(script.TASKS, "circles", task)
    assert script.main(["circles", "--json", "table.json", "--chosen-on", "1"]) == 0
    rows = json.loads(Path("table.json").read_text())["rows"]
    assert len(rows) == 4
    assert max(row["mean_ap"] for row in rows) == rows[0]["mean_ap"]
    assert "best of 2 on 1 training" in rows[3]["note"]
    assert Path("runs/pretrain/circles/checkpoints/last.ckpt").is_file()
    capsys.readouterr()
    assert script.main(["circles", "--checkpoint", "none.ckpt"]) == 2
    assert "no such checkpoint" in capsys.readouterr().err
