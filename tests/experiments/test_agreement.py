"""Models that are the same agree, and others are told apart; a picture of what a model does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from nuclei import Run
from PIL import Image

from experiments.analysis import agreement
from experiments.results import examples as panels


def test_a_model_agrees_with_itself_and_not_with_an_untrained_one(trained: Run, folder: Path, tmp_path: Path) -> None:
    content = torch.load(trained.best, weights_only=True)
    for name, values in content["state_dict"].items():
        if name.startswith("learner.actor") and values.is_floating_point():
            values.normal_(generator=torch.Generator().manual_seed(0))
    other, output = tmp_path / "a" / "b" / "c" / "other.ckpt", tmp_path / "rows.json"
    other.parent.mkdir(parents=True)
    torch.save(content, other)
    same = tmp_path / "same.ckpt"
    same.write_bytes(trained.best.read_bytes())
    assert agreement.main([str(trained.best), str(same), str(other), str(folder), "--json", str(output)]) == 0
    equal, first, second = json.loads(output.read_text())["rows"]
    assert (equal["ap50"], equal["vi"]) == (1, 0)
    assert equal["objects"] == equal["other_objects"] > 0
    assert first["vi"] == second["vi"] > 0.1


def test_pictures_have_a_row_an_image(trained: Run, folder: Path, tmp_path: Path) -> None:
    arguments = [str(trained.best), str(folder), str(tmp_path / "out" / "p.png")]
    assert panels.main([*arguments, "--count", "2"]) == 0
    two = np.asarray(Image.open(tmp_path / "out" / "p.png").convert("RGB"))
    assert panels.main([*arguments, "--count", "1", "--scale", "2"]) == 0
    one = np.asarray(Image.open(tmp_path / "out" / "p.png").convert("RGB"))
    assert two.std() > 5
    assert 0.9 < one.shape[0] / two.shape[0] < 1.1
    assert one.shape[1] > 1.9 * two.shape[1]


@pytest.mark.parametrize("script", [agreement, panels])
def test_a_missing_folder_is_one_line(script: object, trained: Run, tmp_path: Path, capsys: object) -> None:
    extra = [str(tmp_path / "p.png")] if script is panels else []
    assert script.main([str(trained.best), str(tmp_path / "none"), *extra]) == 2  # type: ignore[attr-defined]
