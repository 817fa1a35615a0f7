"""`rlseg new` as users call it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from drawn_objects import write_drawn
from PIL import Image

from rlseg.__main__ import main
from rlseg.commands.new.asked import channel_of, channel_text, widths_of
from rlseg.commands.new.images import look_at, spread
from rlseg.io import find_images
from rlseg.rewards.language.load import load_reward


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made with relative paths, in a folder with blanks and letters of other languages."""
    folder = tmp_path_factory.mktemp("größe mit Leerzeichen")
    write_drawn(folder / "images", "darker", 12, count=2, side=120)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["new", "mine", "--images", "images"]) == 0
    finally:
        os.chdir(before)
    return folder / "mine"


def test_it_writes_one_reward_one_configuration_and_a_picture(project: Path) -> None:
    assert {path.name for path in project.iterdir()} == {"reward.yaml", "config.yaml", "objects.png"}
    file = load_reward(str(project / "reward.yaml"))
    assert file.objects is not None
    assert (file.name, file.objects.way) == ("mine", "darker")
    with Image.open(project / "objects.png") as picture:
        assert np.asarray(picture).std() > 10
    text = (project / "reward.yaml").read_text(encoding="utf-8")
    assert "seen: nine of ten of" in text
    assert "by what stands out" in text
    config = (project / "config.yaml").read_text(encoding="utf-8")
    assert "judged as the superpixels show it: its outline is refined afterwards" in config


def test_the_reward_is_right_and_the_paths_are_whole(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reward", "check", str(project / "reward.yaml")]) == 0
    assert "ok" in capsys.readouterr().out
    config = yaml.safe_load((project / "config.yaml").read_text(encoding="utf-8"))
    assert Path(config["model"]["reward"]) == project / "reward.yaml"
    assert Path(config["data"]["images"]) == project.parent / "images"
    assert config["stop"] == {"minutes": 5}
    assert Path(config["trainer"]["logger"]["init_args"]["save_dir"]) == project / "runs"


def test_it_trains_from_any_folder(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--trainer.max_epochs", "1", "--data.batches_per_epoch", "2", "--data.batch_size", "1"]
    assert main(["fit", "--config", str(project / "config.yaml"), *words]) == 0
    run = project / "runs" / "fit" / "version_0"
    assert (run / "checkpoints" / "best.ckpt").is_file()
    saved = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert saved["data"]["preparation"]["objects"]["look"] == "darker"
    assert list(tmp_path.iterdir()) == []


def test_it_says_what_it_saw_and_what_comes_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_drawn(tmp_path / "images", "brighter", 12, side=120)
    words = ["new", str(tmp_path / "p"), "--images", str(tmp_path / "images"), "--like", "nuclei", "--width", "12"]
    assert main(words) == 0
    said = capsys.readouterr().out
    for part in (
        "1 image in",
        "120 x 120 px, 1 channel, uint8; pixel size unknown",
        "width    [10.2, 14.1] px, as you say",
        "look     brighter, as for nuclei",
        "superpixels",
        f"rlseg fit --config {tmp_path / 'p' / 'config.yaml'}",
        "rlseg predict",
    ):
        assert part in said


def test_nothing_is_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "reward.yaml").read_bytes()
    assert main(["new", str(project), "--images", str(project.parent / "images")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (project / "reward.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--images", "nowhere"], "no such file or folder: nowhere"),
        (["--images", "empty"], "image in the folder empty"),
        (["--images", "broken"], "broken/bad.png"),
        (["--images", "mixed"], "without a common channel count"),
        (["--images", "good", "--like", "bacterias"], "did you mean bacteria?"),
        (["--images", "good", "--like", "bacteria", "--look", "brighter"], "objects like bacteria are darker"),
        (["--images", "good", "--channel", "3"], "there is no channel 3: the image has 1 channel"),
        (["--images", "good", "--channel", "hematoxylin"], "red, green and blue"),
        (["--images", "good", "--width", "20-14"], "a width is a number of px or a range like 14-20"),
        (["--images", "good", "--channel", "puce"], "a channel is a number from 0 or one of mean"),
        (["--images", "good", "--channel", "purpel"], "did you mean purple?"),
        (["--images", "good", "--look", "dark"], "did you mean darker?"),
        (["--images", "good", "--look", "bright"], "did you mean brighter?"),
        ([], "--images are needed"),
    ],
)
def test_what_is_wrong_is_said(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write_drawn(tmp_path / "good", "brighter", 12, side=80)
    for folder in ("broken", "mixed"):
        shutil.copytree(tmp_path / "good", tmp_path / folder)
    (tmp_path / "broken" / "bad.png").write_bytes((tmp_path / "good" / "drawn0.png").read_bytes()[:200])
    draws = np.random.default_rng(0)
    Image.fromarray(draws.integers(0, 255, (40, 40, 3), np.uint8)).save(tmp_path / "mixed" / "colour.png")
    assert main(["new", "p", *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_one_broken_image_among_many_is_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawn(tmp_path / "images", "brighter", 12, count=3, side=60)
    (tmp_path / "images" / "bad.png").write_bytes(b"not an image")
    assert main(["new", str(tmp_path / "p"), "--images", str(tmp_path / "images")]) == 2
    said = capsys.readouterr().err
    assert "bad.png" in said
    assert "3 other images" in said
    assert "move it away" in said


def test_all_images_are_read_and_a_few_looked_at(tmp_path: Path) -> None:
    write_drawn(tmp_path / "images", "brighter", 10, count=7, side=50)
    seen = look_at(tmp_path / "images")
    assert len(seen.files) == len(seen.shapes) == 7
    assert [image.path.name for image in seen.looked_at] == ["drawn1.png", "drawn3.png", "drawn5.png"]
    assert all(0 <= image.unit.pixels.min() < image.unit.pixels.max() <= 1 for image in seen.looked_at)
    files = find_images(tmp_path / "images")
    assert spread(files, 1) == [files[0]]
    assert spread(files, 100) == list(files)


@pytest.mark.parametrize(("text", "low", "high"), [("14-20", 14, 20), ("14,20px", 14, 20), ("5.5", 4.675, 6.47)])
def test_widths_are_read(text: str, low: float, high: float) -> None:
    assert widths_of(text) == pytest.approx((low, high), rel=1e-3)


@pytest.mark.parametrize(
    ("text", "yaml_text"),
    [
        ("0", "0"),
        ("mean", "mean"),
        ("hematoxylin", "{stain: hematoxylin}"),
        ("purple", "{colour: purple}"),
        ("DAB", "{stain: dab}"),
        ("Haematoxylin", "{stain: hematoxylin}"),
        ("Fast Red", "{stain: fast_red}"),
        ("Mean", "mean"),
    ],
)
def test_channels_are_read_and_written(text: str, yaml_text: str) -> None:
    assert channel_text(channel_of(text)) == yaml_text
