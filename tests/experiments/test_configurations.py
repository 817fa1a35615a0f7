"""The shipped configurations are accepted, and say what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rlseg.__main__ import main
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.gradient import GradientWatershed
from rlseg.rewards.language.load import load_reward

ROOT = Path(__file__).parents[2]


def settings(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["fit", "--config", str(ROOT / "experiments" / f"{name}.yaml"), "--print_config"]) == 0
    return yaml.safe_load(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "reward"),
    [
        ("nuclei", "nuclei"),
        ("circles", "circles"),
        ("embryo", "embryo_cells"),
        ("embryo_real", "embryo_cells"),
        ("cells", "cells"),
        ("film", "bacteria_film"),
        ("volume", "volume"),
        ("volume_drawn", "volume"),
    ],
)
def test_accepted(name: str, reward: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = settings(name, capsys)
    assert found["trainer"]["logger"]["init_args"]["name"] == name
    assert load_reward(str(ROOT / found["model"]["reward"])).name == reward


def test_circles_are_cut_by_colour_and_not_by_brightness(capsys: pytest.CaptureFixture[str]) -> None:
    found = settings("circles", capsys)
    preparation = Preparation.model_validate(found["data"]["preparation"])
    assert preparation.superpixels == GradientWatershed(sigma=1.0, min_size=80)
    assert preparation.guide == "gradient"
    assert found["model"]["refinement"] is None


def test_pretraining_shares_the_prepared_discs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pretrain", "--config", str(ROOT / "experiments" / "pretrain.yaml"), "--print_config"]) == 0
    found = yaml.safe_load(capsys.readouterr().out)
    of_circles = settings("circles", capsys)
    assert found["data"]["images"] == of_circles["data"]["images"]
    mine, theirs = (Preparation.model_validate(read["data"]["preparation"]) for read in (found, of_circles))
    assert mine == theirs
    assert found["model"]["unet"]["widths"] == [8, 16, 32]
    assert "reward" not in found["model"]


@pytest.mark.parametrize("name", ["nuclei", "circles", "embryo", "embryo_real"])
def test_the_papers_learner_goes_on_top_of_any_configuration(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(ROOT / "experiments" / f"{part}.yaml") for part in (name, "learners/paper")]
    alone = settings(name, capsys)
    assert main(["fit", "--config", files[0], "--config", files[1], "--print_config"]) == 0
    both = yaml.safe_load(capsys.readouterr().out)
    assert both["model"]["learner"]["kind"] == "pathwise"
    sizes = {"subgraph_sizes": [6, 12, 32, 128], "subgraph_overlap": 2}
    preparation = alone["data"]["preparation"] | sizes
    assert both["data"] == alone["data"] | {"batch_size": 4, "batches_per_epoch": 500, "preparation": preparation}
    assert both["model"]["reward"] == alone["model"]["reward"]
    assert both["model"]["imitation"] == alone["model"]["imitation"] | {"steps": 0}
    assert both["model"]["actor"]["width"] == alone["model"]["actor"]["width"] == 48
    assert both["model"]["learner"]["alpha_init"] == 0.1
    assert both["stop"]["hopeless"] is None
