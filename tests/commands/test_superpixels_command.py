"""`rlseg superpixels`, and superpixels of the kind auto in a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
import yaml
from drawn_discs import discs, rules
from nuclei import ROOT
from PIL import Image

from experiments.drawings.volumes import draw_volume
from rlseg.__main__ import main
from rlseg.commands import too_many
from rlseg.data.prepare import Preparation
from rlseg.errors import RlsegError
from rlseg.graph.sample import SampleFacts
from rlseg.rewards import Objects


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two images of dark discs, a reward file and a configuration."""
    (tmp_path / "images").mkdir()
    for number in range(2):
        pixels = discs("darker", 72, number)[0][0]
        Image.fromarray(pixels.astype(np.uint16)).save(tmp_path / "images" / f"{number}.png")
    (tmp_path / "discs.yaml").write_text(rules("darker"))
    config = {
        "model": {"reward": "discs.yaml", "imitation": {"steps": 1}, "threads": 1},
        "data": {"images": "images", "batch_size": 2, "batches_per_epoch": 1, "workers": 1},
        "trainer": {
            "accelerator": "cpu", "devices": 1, "max_epochs": 1, "enable_progress_bar": False,
            "logger": {
                "class_path": "lightning.pytorch.loggers.TensorBoardLogger",
                "init_args": {"save_dir": "runs", "name": "discs", "version": 0},
            },
        },
    }  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_training_takes_what_the_command_shows(
    place: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["superpixels", "config.yaml", "--output", "shown.png"]) == 0
    shown = capsys.readouterr().out
    table, _, lines = shown.partition("\n\n")
    said = yaml.safe_load("\n".join(lines.splitlines()[1:]))["data"]["preparation"]
    assert main(["fit", "--config", "config.yaml"]) == 0
    assert [line for line in table.splitlines() if line not in caplog.text] == []
    run = place / "runs" / "discs" / "version_0"
    assert (run / "superpixels.txt").read_text() == table + "\n"
    assert (run / "superpixels.png").read_bytes() == (place / "shown.png").read_bytes()
    with Image.open(place / "shown.png") as picture:
        assert min(picture.size) > 400
    kept = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["preparation"]
    wanted = Preparation.model_validate({"objects": kept["objects"], **said})
    assert Preparation.model_validate(kept) == wanted
    assert wanted.superpixels.kind != "auto"
    # what was chosen stands in the run's configuration, from which it can go on
    written = yaml.safe_load((run / "config.yaml").read_text())["data"]["preparation"]
    assert written["superpixels"] == kept["superpixels"]
    words = ["fit", "--config", str(run / "config.yaml"), "--ckpt_path", str(run / "checkpoints" / "last.ckpt")]
    caplog.clear()
    assert main([*words, "--trainer.max_epochs", "2"]) == 0
    assert "trying" not in caplog.text
    # and from the first configuration, with auto in it
    words = ["fit", "--config", "config.yaml", "--ckpt_path", str(run / "checkpoints" / "last.ckpt")]
    assert main([*words, "--trainer.max_epochs", "3", "--data.preparation.superpixels.kind", "auto"]) == 0
    assert torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["preparation"] == kept


def test_a_reward_file_and_images(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["superpixels", "discs.yaml", "images/0.png", "images/1.png"]) == 0
    printed = capsys.readouterr().out
    assert "tried on the middle of 2 images" in printed
    assert printed.count("->") == 1
    assert (place / "superpixels.png").exists()


def test_of_objects_that_nobody_has_described_all_kinds_are_shown(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = rules("brighter")
    start = text.index("objects:")
    (place / "plain.yaml").write_text(text[:start] + text[text.index("\n", start) + 1 :])
    assert main(["superpixels", "plain.yaml", "images"]) == 0
    printed = capsys.readouterr()
    assert all(
        kind in printed.out for kind in ("level_sets", "gradient_watershed", "mutex_watershed", "boundary_seeds")
    )
    assert "no section objects" in printed.err


def test_of_volumes_the_axes_and_planes_are_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = draw_volume(5, shape=(30, 40, 40))
    (place / "stacks").mkdir()
    pixels = np.rint(255 * drawn.image[0]).astype(np.uint8)
    tifffile.imwrite(place / "stacks" / "a.tif", pixels, photometric="minisblack", metadata={"axes": "QYX"})
    (place / "volume.yaml").write_text((ROOT / "rewards" / "volume.yaml").read_text())
    data = "data: {images: stacks, preparation: {volume: true}}\n"
    (place / "volumes.yaml").write_text("model: {reward: volume.yaml}\n" + data)
    for words in (["volume.yaml", "stacks"], ["volumes.yaml"]):
        assert main(["superpixels", *words]) == 2
        assert "does not say which one is the channel or the plane" in capsys.readouterr().err
        assert main(["superpixels", *words, "--axes", "ZYX"]) == 2
        assert "(on the command line --plane-distance)" in capsys.readouterr().err
        (place / "superpixels.png").unlink(missing_ok=True)
        assert main(["superpixels", *words, "--axes", "ZYX", "--plane-distance", "3"]) == 0
        assert "gradient_watershed" in capsys.readouterr().out
        assert (place / "superpixels.png").exists()
    words = ["superpixels", "volume.yaml", "stacks", "--axes", "ZYX", "--plane-distance", "0"]
    assert main(words) == 2
    assert "must be a positive number of pixels, got 0" in capsys.readouterr().err
    for words, says in (
        (["--plane-distance", "2"], "this is about images"),
        (["--axes", "ZZ"], "--axes: axes must be"),
    ):
        assert main(["superpixels", "discs.yaml", "images", *words]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["copied.yaml"], "names no images"),
        (["discs.yaml", "nowhere"], "nowhere"),
        (["missing.yaml"], "missing.yaml"),
        (["images/0.png"], "images/0.png"),
        (["other.yaml"], "neither a configuration of rlseg fit nor a reward file"),
        (["poor.yaml"], "says no model.reward"),
        (["config.yaml", "--output", "picture.jpg"], "PNG"),
    ],
)
def test_what_cannot_be_used(place: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "other.yaml").write_text("a: 1\n")
    (place / "poor.yaml").write_text("data: {images: images}\n")
    (place / "copied.yaml").write_text((place / "discs.yaml").read_text())  # which no configuration names
    assert main(["superpixels", *words]) == 2
    printed = capsys.readouterr().err
    assert says in printed
    assert "Traceback" not in printed


def test_superpixels_much_smaller_than_the_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(too_many, "rank_zero_info", said.append)
    pixels = np.zeros((1, 200, 200), np.float32)
    fine = np.arange(200 * 200).reshape(200, 200)
    wide = Preparation(objects=Objects(width=20), subgraph_sizes=())
    with pytest.raises(RlsegError, match="40000 superpixels an image, 314 for the area of one object"):
        too_many.refuse_too_many([SampleFacts.of(wide(pixels, superpixels=fine))], wide)
    too_many.refuse_too_many([SampleFacts.of(wide(pixels, superpixels=fine // 8))], wide)
    assert [line[:25] for line in said] == ["warning: many superpixels"]
    narrow = Preparation(objects=Objects(width=5), subgraph_sizes=())
    for preparation, ids in ((wide, fine // 20), (Preparation(subgraph_sizes=()), fine), (narrow, fine)):
        too_many.refuse_too_many([SampleFacts.of(preparation(pixels, superpixels=ids))], preparation)
    assert len(said) == 1
