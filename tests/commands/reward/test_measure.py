"""`rlseg reward measure`: the numbers against scikit-image, and that what is written works."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outline_files import write_geojson
from PIL import Image
from reward_toys_images import DISCS, write
from skimage.measure import regionprops

from rlseg.__main__ import main
from rlseg.prediction.writers import FORMATS
from rlseg.rewards.language.load import load_reward, parse_reward


@pytest.mark.parametrize("with_images", [True, False])
def test_the_written_file(tmp_path: Path, with_images: bool, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        image, labels = write(tmp_path, f"discs_{number}", number)
    target = tmp_path / "mine.yaml"
    words = ["reward", "measure", "--labels", str(tmp_path / "labels"), "--name", "mine", "--output", str(target)]
    assert main([*words, "--images", str(tmp_path / "images")] if with_images else words) == 0
    said = capsys.readouterr().err
    told = [line for line in said.splitlines() if "paid less than 0.3" in line]
    assert [line.partition(":")[0] for line in told] == [
        "as they are outlined",
        "as the superpixels show them",
    ] * with_images
    assert all("none of 10 objects " in line for line in told)
    assert ("what these rules pay for the 10 outlined objects:" in said) == with_images
    assert main(["reward", "check", str(target)]) == 0
    file = load_reward(target)
    terms = file.rewards["foreground"].terms  # type: ignore[union-attr]
    assert ("contrast" in terms) == with_images
    assert (file.units.intensity is None) != with_images

    whole = [region for region in regionprops(DISCS) if region.label != 6]  # the sixth touches the border
    short = np.percentile([region.axis_minor_length for region in whole] * 2, [10, 90])
    assert f"short diameter {short[0]:.3g} to {short[1]:.3g} px{', brighter' * with_images}" in said
    assert set(terms) >= {"size", "roundness", "smooth"}
    for name, wrong_side in (("equivalent_diameter_area", "both"), ("solidity", "below"), ("eccentricity", "above")):
        values = np.array([region[name] for region in whole] * 2)
        (term,) = [term for term in terms.values() if term.property == name]  # type: ignore[attr-defined]
        assert term.side == wrong_side  # type: ignore[attr-defined]
        low, high = term.interval  # type: ignore[attr-defined]
        assert low <= np.percentile(values, 25) + 1e-3 or wrong_side == "above"
        assert high >= np.percentile(values, 75) - 1e-3 or wrong_side == "below"
        # the objects that were measured are paid well
        assert np.median(term.closeness(values)) > 0.9  # type: ignore[attr-defined]
        assert term.closeness(values).min() > 0.3  # type: ignore[attr-defined]
    areas = [region.area for region in whole]
    assert 1.5 * max(areas) < file.classes["background"].over < 3.5 * max(areas)  # type: ignore[attr-defined]
    assert min(areas) / 3.5 < file.classes["debris"].under < min(areas) / 1.5  # type: ignore[attr-defined]
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
        said = "1 whole outlined object(s) (1 touch the border)"
    elif fault == "no folder":
        words[3] = str(tmp_path / "nowhere")
        said = "no such file or folder"
    elif fault == "no image":
        for name in ("other.png", "another.png"):
            image.with_name(name).write_bytes(image.read_bytes())
        image.unlink()
        said = "belong to an image in"
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


@pytest.mark.parametrize("form", ["tiff", "rois", "geojson"])
def test_outlines_of_any_program_give_the_same_file(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    words = ["reward", "measure", "--images", str(tmp_path / "images"), "--outlines"]
    assert main([*words, str(tmp_path / "labels")]) == 0
    expected = capsys.readouterr()
    (tmp_path / "mine").mkdir()
    FORMATS[form].write(tmp_path / "mine" / f"discs{FORMATS[form].suffix}", DISCS)
    assert main([*words, str(tmp_path / "mine")]) == 0
    found = capsys.readouterr()
    assert found.out == expected.out
    assert found.err == expected.err


def test_what_is_left_out_of_the_outlines_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image, _ = write(tmp_path)
    square = [[9, 9], [19, 9], [19, 19], [9, 19]]
    polygons = [[[[x + dx, y + dy] for x, y in square]] for dx, dy in ((0, 0), (32, 0), (500, 0), (4, 36))]
    outlines = write_geojson(tmp_path / "discs.geojson", polygons)
    assert main(["reward", "measure", "--outlines", str(outlines), "--images", str(image)]) == 0
    said = capsys.readouterr().err
    assert f"rlseg: warning: {outlines}: 1 outline left out: outside of the image (cell 2)" in said
    assert "what these rules pay for the 3 outlined objects:" in said
