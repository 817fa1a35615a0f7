"""`rlseg new` with a few outlined objects, and commands that take the project's files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from drawn_objects import draw_objects, share_found
from PIL import Image

from rlseg.__main__ import main
from rlseg.commands.new.outlined import beside
from rlseg.commands.new.picture import search
from rlseg.commands.reward.preparation import prepared_for
from rlseg.data.prepare import Preparation
from rlseg.rewards.language.load import load_reward

WIDTH = 14


def outline(folder: Path, look: str, name: str, beside: bool = False, side: int = 150) -> np.ndarray:
    """Draw objects, outline the first eight that are whole; returns all of them."""
    image, truth = draw_objects(look, WIDTH, side=side)
    for part in ("images", "outlines"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / "images" / "a.png")
    border = {*truth[0], *truth[-1], *truth[:, 0], *truth[:, -1]}
    whole = [number for number in range(1, truth.max() + 1) if number not in border][:8]
    few = np.where(np.isin(truth, whole), truth, 0).astype(np.uint16)
    Image.fromarray(few).save(folder / ("images" if beside else "outlines") / name)
    return truth


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """Dark objects, eight of them outlined."""
    folder = tmp_path_factory.mktemp("outlined")
    truth = outline(folder, "darker", "a.png")
    words = ["--images", str(folder / "images"), "--outlines", str(folder / "outlines")]
    assert main(["new", str(folder / "p"), *words]) == 0
    return folder, truth


def test_the_measured_file_says_what_the_objects_look_like(project: tuple[Path, np.ndarray]) -> None:
    folder, truth = project
    file = load_reward(str(folder / "p" / "reward.yaml"))
    assert file.objects is not None
    assert file.objects.way == "darker"
    assert 0.75 * WIDTH < np.sqrt(np.prod(file.objects.widths)) < 1.25 * WIDTH
    text = (folder / "p" / "reward.yaml").read_text(encoding="utf-8")
    assert "measured: four of five of 8 outlined objects in 1 image(s)" in text
    assert "as they are outlined: none of 8 objects is paid less than 0.3" in text
    with Image.open(folder / "images" / "a.png") as image:
        raw = np.asarray(image, np.float32)[None]
    labels, _ = search(Preparation().for_reward(file)(raw), file, 0.3)
    assert share_found(labels, truth) > 0.8


def test_outlines_lie_at_the_level_at_which_they_are_drawn(project: tuple[Path, np.ndarray]) -> None:
    folder, _ = project
    text = (folder / "p" / "config.yaml").read_text(encoding="utf-8")
    assert "object above its ground: as those of 8 objects are drawn, " in text
    (level,) = yaml.safe_load(text)["model"]["refinement"]["levels"]
    assert 0.3 <= level <= 0.8


def test_outlines_beside_the_images_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outline(tmp_path, "outlined", "a_cp_masks.png", beside=True)
    assert main(["new", str(tmp_path / "p"), "--images", str(tmp_path / "images")]) == 0
    shown = capsys.readouterr().out
    assert "outlines of 1 image(s) lie beside them and are measured" in shown
    assert "look     outlined, measured on 8 outlined objects" in shown
    config = yaml.safe_load((tmp_path / "p" / "config.yaml").read_text(encoding="utf-8"))
    assert config["data"]["images"] == str(tmp_path / "images")


def test_where_nothing_lies_beside_nothing_is_measured(tmp_path: Path) -> None:
    outline(tmp_path, "brighter", "a.png")
    assert beside(tmp_path / "images") == ()
    assert beside(tmp_path / "images" / "*.png") == ()


def test_what_is_asked_for_goes_before_what_is_measured(tmp_path: Path) -> None:
    outline(tmp_path, "darker", "a.png")
    words = ["--images", str(tmp_path / "images"), "--outlines", str(tmp_path / "outlines"), "--width", "10-20"]
    assert main(["new", str(tmp_path / "p"), *words]) == 0
    file = load_reward(str(tmp_path / "p" / "reward.yaml"))
    assert file.objects is not None
    assert file.objects.widths == (10, 20)


def test_reward_commands_prepare_images_as_the_project_says(
    project: tuple[Path, np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, _ = project
    monkeypatch.chdir(tmp_path)
    reward, config = folder / "p" / "reward.yaml", folder / "p" / "config.yaml"
    image, labels = folder / "images" / "a.png", folder / "outlines" / "a.png"
    assert main(["reward", "score", str(reward), str(image), str(labels)]) == 0
    alone = capsys.readouterr()
    assert f"images are prepared as {config} says" in alone.err
    assert main(["reward", "score", str(reward), str(image), str(labels), "--config", str(config)]) == 0
    assert capsys.readouterr().out == alone.out


def test_the_superpixels_are_those_of_the_training(project: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    folder, _ = project
    config = folder / "p" / "config.yaml"
    words = ["--trainer.max_epochs", "1", "--data.batches_per_epoch", "1", "--data.batch_size", "1"]
    logs = ["--trainer.logger.init_args.save_dir", str(tmp_path / "runs")]
    assert main(["fit", "--config", str(config), *words, *logs]) == 0
    saved = yaml.safe_load((tmp_path / "runs" / "fit" / "version_0" / "config.yaml").read_text(encoding="utf-8"))
    trained: dict[str, Any] = saved["data"]["preparation"]
    found = prepared_for(None, None, str(folder / "p" / "reward.yaml"), ()).preparation
    kind = trained["superpixels"].get("kind") or trained["superpixels"]["class_path"].rpartition(".")[2]
    assert kind in (found.superpixels.kind, type(found.superpixels).__name__)
    assert trained["working_width"] == found.working_width
    assert found.objects is not None
    assert trained["objects"]["look"] == found.objects.way


def test_superpixels_are_shown_for_either_file_of_the_project(
    project: tuple[Path, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = project
    shown = []
    for name in ("reward.yaml", "config.yaml"):
        assert main(["superpixels", str(folder / "p" / name), "--output", str(tmp_path / "s.png")]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "taken: " in shown[0]


def test_a_reward_file_alone_says_what_the_objects_look_like(project: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    folder, _ = project
    text = (folder / "p" / "reward.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    # a configuration that names another reward file is not asked
    (tmp_path / "config.yaml").write_text("model: {reward: other.yaml}\ndata: {images: i}\n", encoding="utf-8")
    found = prepared_for(None, None, str(tmp_path / "mine.yaml"), ())
    assert found.preparation.objects == load_reward(str(tmp_path / "mine.yaml")).objects
    assert "by default" in found.source
    (tmp_path / "config.yaml").write_text("no: configuration\n", encoding="utf-8")
    assert "by default" in prepared_for(None, None, str(tmp_path / "mine.yaml"), ()).source


def test_measure_takes_the_objects_of_the_configuration(project: tuple[Path, np.ndarray]) -> None:
    folder, _ = project
    found = prepared_for(folder / "p" / "config.yaml", None, None, ()).preparation
    assert found.objects == load_reward(str(folder / "p" / "reward.yaml")).objects
    assert found.superpixels.kind != "auto"


def test_with_a_template_outlines_say_only_where_they_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outline(tmp_path, "brighter", "a.png")
    words = ["--images", str(tmp_path / "images"), "--like", "nuclei"]
    assert main(["new", str(tmp_path / "alone"), *words]) == 0
    assert main(["new", str(tmp_path / "both"), *words, "--outlines", str(tmp_path / "outlines")]) == 0
    assert "as they are outlined: none of 8 objects is paid less than 0.3" in capsys.readouterr().out
    alone, both = (
        yaml.safe_load((tmp_path / name / "reward.yaml").read_text(encoding="utf-8")) for name in ("alone", "both")
    )
    assert alone | {"name": "both"} == both
    config = (tmp_path / "both" / "config.yaml").read_text(encoding="utf-8")
    assert "as those of 8 objects are drawn" in config
    assert "half way up" in (tmp_path / "alone" / "config.yaml").read_text(encoding="utf-8")
