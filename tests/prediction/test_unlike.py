"""Images unlike those of the training: `rlseg predict` and `rlseg validate` say so in a line."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
import yaml
from nuclei import Run, crop
from scipy import ndimage

import rlseg
from rlseg.__main__ import main
from rlseg.models import read_model

LINE = (
    r"warning: odd: (its )?(no|only|\d+) objects? .* images of the training .*: "
    r"another magnification \(--width\) or channel, "
)


def _inverted(image: np.ndarray) -> np.ndarray:
    return image.max() - image


def _four_times_as_large(image: np.ndarray) -> np.ndarray:
    return ndimage.zoom(image, 4, order=1)


def _noise(image: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).normal(100, 10, image.shape).astype(np.float32)


UNLIKE = [_inverted, _four_times_as_large, _noise]


@pytest.fixture(params=UNLIKE, ids=lambda make: make.__name__)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with one image that the model was not made for."""
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images" / "odd.tif", request.param(crop(0)[0][0]))
    return tmp_path / "images"


def test_95_predict_says_that_an_image_is_unlike(
    odd: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ([], ["--tile", "64"], ["--table", str(tmp_path / "t.csv")]):
        words = ["predict", str(trained.best), str(odd), "--output", str(tmp_path / "out"), *more]
        assert main(words) == 0
        (line,) = capsys.readouterr().err.splitlines()
        assert re.match(f"rlseg: {LINE}", line)
    with pytest.warns(UserWarning, match=LINE.removeprefix("warning: ")):
        rlseg.load_model(trained.best).segment(odd / "odd.tif")


@pytest.mark.parametrize("which", ["trained", "trained_guided"])
def test_95_of_its_own_images_nothing_is_said(
    which: str, folder: Path, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Run = request.getfixturevalue(which)
    words = ["predict", str(run.best), str(folder / "images"), "--output", str(tmp_path), "--table"]
    assert main([*words, str(tmp_path / "t.csv")]) == 0
    said = capsys.readouterr().err
    split = yaml.safe_load((run.folder / "split.yaml").read_text())
    assert not any(f"{name}: its" in said for name in split["validation"])
    with (tmp_path / "t.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rewards, ranks = (np.array([float(row[name]) for row in rows]) for name in ("reward", "reward_rank"))
    assert (np.diff(ranks[np.argsort(rewards)]) >= 0).all()
    assert ranks.min() < 0.4
    assert ranks.max() > 0.9


def test_95_validate_says_that_an_image_is_unlike(
    trained: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "images").mkdir()
    for number, make in enumerate(UNLIKE):
        tifffile.imwrite(tmp_path / "images" / f"odd{number}.tif", make(crop(0)[0][0]).astype(np.float32))
    words = ["validate", "--ckpt_path", str(trained.best)]
    words += ["--data.validation_share", "0.99", "--trainer.accelerator", "cpu", "--trainer.logger", "false"]
    assert main([*words, "--data.images", str(tmp_path / "images")]) == 0
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("warning: ")]
    assert len(lines) == 2  # one of the three is for training
    assert all(re.match(LINE.replace("odd", r"odd\d"), line) for line in lines)


def test_models_of_before_are_compared_with_nothing(
    trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(tmp_path / "odd.tif", _inverted(crop(0)[0][0]))
    content = read_model(trained.best)
    assert content["reference"]["images"] == 2
    del content["reference"]
    torch.save(content, tmp_path / "old.ckpt")
    words = ["predict", str(tmp_path / "old.ckpt"), str(tmp_path / "odd.tif"), "--output", str(tmp_path / "out")]
    assert main([*words, "--table", str(tmp_path / "t.csv")]) == 0
    assert capsys.readouterr().err == ""
    assert "reward_rank" not in (tmp_path / "t.csv").read_text()
