"""What a reward file says of the objects reaches the preparation, the checkpoint and a resumed training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rlseg.__main__ import main
from rlseg.models import read_checkpoint

REWARD = """
version: 1
name: spots
units: {length: px, intensity: unit}
objects: {width: [8, 12], look: darker, channel: {stain: hematoxylin}}
classes: {background: {kind: area, over: 400}}
rewards:
  foreground:
    terms:
      size: {kind: descriptor, property: equivalent_diameter_area, expected: 10, scale: 4}
      brown: {kind: descriptor, property: intensity_mean, channel: {stain: dab}, expected: 0.8, scale: 0.2, side: below}
      mixed: {kind: descriptor, property: intensity_mean, channel: strongest, expected: 0.5, scale: 0.5}
  background: 0.0
edges: {cut: foreground, background: near}
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    rows, columns = np.indices((96, 96))
    inside = np.hypot(rows % 24 - 12, columns % 24 - 12) < 5
    light = np.where(inside[..., None], [90, 60, 150], [235, 225, 230])
    noisy = light + np.random.default_rng(0).normal(0, 4, light.shape)
    (tmp_path / "images").mkdir()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(tmp_path / "images" / "a.png")
    (tmp_path / "r.yaml").write_text(REWARD)
    return [
        *("fit", "--model.reward", str(tmp_path / "r.yaml"), "--data.images", str(tmp_path / "images")),
        *("--data.batches_per_epoch", "2", "--data.batch_size", "1", "--report", "false"),
        *("--data.preparation.superpixels.kind", "level_sets", "--trainer.enable_progress_bar", "false"),
        *("--trainer.logger.init_args.save_dir", str(tmp_path), "--trainer.logger.init_args.name", "runs"),
    ]


def test_a_stain_is_trained_on_predicted_and_resumed(words: list[str], tmp_path: Path) -> None:
    assert main([*words, "--trainer.max_epochs", "1"]) == 0
    last = tmp_path / "runs/version_0/checkpoints/last.ckpt"
    preparation = read_checkpoint(last)["preparation"]
    assert preparation["objects"]["channel"]["stain"] == "hematoxylin"
    assert preparation["objects_in"] == "px"
    assert [c if isinstance(c, str) else c["stain"] for c in preparation["derived"]] == ["dab", "strongest"]
    assert "stain: hematoxylin" in (tmp_path / "runs/version_0/config.yaml").read_text()
    # warnings are errors here: what the parser cannot write out would be one
    assert main([*words, "--trainer.max_epochs", "2", "--ckpt_path", str(last)]) == 0
    table = tmp_path / "out" / "t.csv"
    assert (
        main(["predict", str(last), str(tmp_path / "images"), "--output", str(table.parent), "--table", str(table)])
        == 0
    )
    assert "intensity_mean_stain_dab,intensity_mean_strongest" in table.read_text().splitlines()[0]


def test_what_the_user_says_goes_before_the_reward_file(words: list[str], tmp_path: Path) -> None:
    said = ["--data.preparation.objects.width", "20", "--data.preparation.objects.channel", "mean"]
    assert main([*words, *said, "--trainer.max_epochs", "1"]) == 0
    objects = read_checkpoint(tmp_path / "runs/version_0/checkpoints/last.ckpt")["preparation"]["objects"]
    assert (objects["width"], objects["channel"], objects["look"]) == (20, "mean", None)
