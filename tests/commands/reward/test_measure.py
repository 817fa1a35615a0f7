"""`rlseg reward measure`: the numbers against scikit-image, and that what is written works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reward_toys_images import DISCS, write
from skimage.measure import regionprops

from rlseg.__main__ import main
from rlseg.rewards.language.load import load_reward, parse_reward


@pytest.mark.parametrize("with_images", [True, False])
def test_the_written_file(tmp_path: Path, with_images: bool, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        image, labels = write(tmp_path, f"discs_{number}", number)
    target = tmp_path / "mine.yaml"
    words = ["reward", "measure", "--labels", str(tmp_path / "labels"), "--name", "mine", "--output", str(target)]
    assert main([*words, "--images", str(tmp_path / "images")] if with_images else words) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "paid less than 0.3" in line]
    assert [line.partition(":")[0] for line in told] == [
        "as they are outlined",
        "as the superpixels show them",
    ] * with_images
    assert all(" of 12 objects " in line for line in told)
    assert main(["reward", "check", str(target)]) == 0
    file = load_reward(target)
    terms = file.rewards["foreground"].terms  # type: ignore[union-attr]
    assert ("contrast" in terms) == with_images
    assert (file.units.intensity is None) != with_images

    whole = [region for region in regionprops(DISCS) if region.label != 6]  # the sixth touches the border
    for name, wrong_side in (("axis_minor_length", "both"), ("perimeter", "both"), ("eccentricity", "above")):
        values = np.array([region[name] for region in whole] * 2)
        (term,) = [term for term in terms.values() if term.property == name]  # type: ignore[attr-defined]
        assert term.expected == pytest.approx(values.mean(), rel=6e-3, abs=1e-9)  # type: ignore[attr-defined]
        assert term.side == wrong_side  # type: ignore[attr-defined]
        assert term.scale >= values.std(ddof=1) * 0.99  # type: ignore[attr-defined]
    areas = [region.area for region in whole]
    assert file.classes["background"].over == pytest.approx(1.5 * max(areas), rel=6e-3)  # type: ignore[attr-defined]
    assert file.classes["debris"].under == pytest.approx(0.5 * min(areas), rel=6e-3)  # type: ignore[attr-defined]
    text = target.read_text()
    assert "10 outlined objects in 2 image(s)" in text
    assert "2 objects that touch the border of their image were left out" in text

    capsys.readouterr()
    assert main(["reward", "score", str(target), str(image), str(labels)]) == 0
    assert "warning" not in capsys.readouterr().out


@pytest.mark.parametrize(("dark", "wrong_side"), [(False, "below"), (True, "above")])
def test_objects_may_be_darker_than_their_surroundings(tmp_path: Path, dark: bool, wrong_side: str) -> None:
    image, _ = write(tmp_path)
    if dark:
        Image.fromarray(255 - np.asarray(Image.open(image))).save(image)
    target = tmp_path / "mine.yaml"
    words = ["--labels", str(tmp_path / "labels"), "--images", str(tmp_path / "images"), "--output", str(target)]
    assert main(["reward", "measure", *words]) == 0
    contrast = load_reward(target).rewards["foreground"].terms["contrast"]  # type: ignore[union-attr]
    assert (contrast.expected < 0) == dark  # type: ignore[attr-defined]
    assert contrast.side == wrong_side  # type: ignore[attr-defined]


def test_printed_if_no_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert main(["reward", "measure", "--labels", str(tmp_path / "labels")]) == 0
    assert parse_reward(capsys.readouterr().out).name == "measured"


def test_intensities_do_not_depend_on_the_order_of_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, labels = write(tmp_path)
    words = ["reward", "measure", "--labels", str(tmp_path / "labels"), "--images", str(tmp_path / "images")]
    assert main(words) == 0
    first = capsys.readouterr().out
    renumbered = np.array([0, 40, 3, 200, 17, 5, 9], np.uint8)[DISCS]
    Image.fromarray(renumbered).save(labels)
    assert main(words) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("fault", ["few", "no folder", "no image", "shape", "name"])
def test_what_cannot_be_measured(tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    image, labels = write(tmp_path)
    words = ["reward", "measure", "--labels", str(tmp_path / "labels"), "--images", str(tmp_path / "images")]
    if fault == "few":
        Image.fromarray(np.where(DISCS > 4, DISCS, 0).astype(np.uint8)).save(labels)
        said = "1 whole object(s) in"
    elif fault == "no folder":
        words[3] = str(tmp_path / "nowhere")
        said = "no such file or folder"
    elif fault == "no image":
        image.rename(image.with_name("other.png"))
        said = "no image for the labels discs"
    elif fault == "shape":
        Image.fromarray(np.zeros((20, 20), np.uint8)).save(image)
        said = "shape"
    else:
        words += ["--name", "two words"]
        said = "'two words' is no name"
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
