"""A reward that asks what several ways of looking propose, with a preparation that looks in none: an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from nuclei import REWARD, Run, crop

from rlseg.__main__ import main
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.models.folder import read_model
from rlseg.prediction.searching import search_image

SAYS = "the reward 'nuclei' asks what several ways of looking at the image propose"
HINT = "hint: leave data.preparation.proposals out, or take this out of the reward file"


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one error, no traceback."""
    capsys.readouterr()
    assert main(words) == 2
    shown = capsys.readouterr().err
    assert SAYS in shown
    assert HINT in shown
    assert shown.count("rlseg: error") == 1
    assert "Traceback" not in shown


def test_fit_stops_before_anything_is_trained_or_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(Run.words(folder, tmp_path, "--data.preparation.proposals", "null"), capsys)
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.parametrize("command", ["score", "preview", "rank"])
def test_commands_about_rewards(command: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("data: {preparation: {proposals: null}}\n")
    image = sorted((folder / "images").iterdir())[1]
    labels = str(folder / "labels" / image.name)
    more = {"preview": ["--labels", labels, "-o", str(tmp_path / "a.png")]}.get(command, [labels])
    words = ["reward", command, str(REWARD), str(image), *more]
    assert main(words) == 0
    (tmp_path / "a.png").unlink(missing_ok=True)
    refused([*words, "--config", str(config)], capsys)
    assert not (tmp_path / "a.png").exists()


def test_predict_with_a_model_that_somebody_has_changed(
    trained: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    assert main(["export", str(trained.best), str(model)]) == 0
    text = yaml.safe_load((model / "model.yaml").read_text())
    assert text["preparation"]["proposals"] is not None
    text["preparation"]["proposals"] = None
    (model / "model.yaml").write_text(yaml.safe_dump(text, sort_keys=False))
    assert read_model(model)["preparation"]["proposals"] is None
    refused(["predict", str(model), str(folder / "images"), "--output", str(tmp_path / "out")], capsys)
    assert not (tmp_path / "out").exists()


def test_a_search_in_python() -> None:
    pixels = crop(1)[0]
    assert search_image(REWARD, pixels).labels.any()
    with pytest.raises(RlsegError, match=SAYS):
        search_image(REWARD, pixels, Preparation(proposals=None))


@pytest.mark.parametrize("word", ["levels", "rises"])
def test_ways_of_looking_that_are_none_are_refused(
    word: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(Run.words(folder, tmp_path, f"--data.preparation.proposals.{word}", "[]")) == 2
    assert "data.preparation.proposals" in capsys.readouterr().err


def test_measure_asks_for_proposals_only_where_there_are_some(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "blind.yaml"
    config.write_text("data: {preparation: {proposals: null}}\n")
    words = ["reward", "measure", "--labels", str(folder / "labels")]
    images = ["--images", str(folder / "images")]
    for more, asks in (([], False), (images, True), ([*images, "--config", str(config)], False)):
        capsys.readouterr()
        assert main([*words, *more]) == 0
        out = capsys.readouterr().out
        assert "outlined objects" in out
        assert "stability" not in out
        assert ("missed: 1" in out) == asks


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_images_of_a_row_or_a_pixel_can_be_prepared(shape: tuple[int, int]) -> None:
    """With nothing in them, and with noise."""
    for pixels in (np.zeros((1, *shape)), np.random.default_rng(0).random((1, *shape))):
        for settings in ({}, {"guide": "gradient"}, {"proposals": {"look": "lines"}}):
            sample = Preparation.model_validate(settings)(pixels.astype(np.float32))
            known = sample.regions.proposals
            assert known is not None
            assert known.views == len(sample.regions.proposals.labels(sample.regions.area)) > 0
            assert np.isfinite(sample.node_features).all()
            assert np.isfinite(sample.edge_features).all()
