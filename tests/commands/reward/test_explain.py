"""`rlseg reward explain`: files as tables with their places, and the words of the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlseg.__main__ import main
from rlseg.commands.reward.vocabulary import Vocabulary
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.measure.catalogue import DESCRIPTORS

PARENT = """version: 1
name: parent
units: {length: px, intensity: unit}
classes:
  background: {kind: area, over: 1500}
rewards:
  foreground:
    combine: product
    sharpness: 2
    terms:
      size: {kind: descriptor, property: area, expected: [100, 200], scale: 40, weight: 3}
      width:
        kind: descriptor
        property: axis_minor_length
        expected: 13
        scale: 3.5
        min_score: 0.25
      bright: {kind: descriptor, property: intensity_mean, expected: 0.5, scale: 0.1}
  background: 0.125
"""
CHILD = """version: 1
extends: ./parent.yaml
name: child
rewards:
  foreground:
    terms:
      width: {expected: 11}
      bright: null
edges: {background: own}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "child.yaml").write_text(CHILD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def explained(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["reward", "explain", *words]) == 0
    return capsys.readouterr().out


def row(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.split()[:1] == [name]]
    return line.split()


def test_every_value_and_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, "child.yaml", "--pixel-size", "0.5")
    size = row(text, "size")
    assert size[1:3] == ["descriptor", "area"]
    assert " ".join(size).startswith("size descriptor area [100, 200] 40 gaussian both 3 75% px^2")
    assert "[25, 50], scale 10" in " ".join(size)  # in um^2
    assert size[-1] == "parent.yaml:11"
    width = " ".join(row(text, "width"))
    assert width.startswith("width descriptor axis_minor_length 11 3.5 gaussian both 1 25% px 5.5, scale 1.75")
    assert width.endswith("min_score 0.25 parent.yaml:13-17 (expected: child.yaml:7)")
    assert "bright" not in text
    assert any(line.split() == ["background", "own", "child.yaml:9"] for line in text.splitlines())
    assert "area over 1500  px^2  over 375  parent.yaml:5" in text
    assert "background: every segment is paid 0.125  (parent.yaml:19)" in text
    assert row(text, "cut") == ["cut", "foreground", "default"]


@pytest.mark.parametrize(
    ("combine", "range_"),
    [
        ("combine: sum", "the weighted sum of 3 term(s); from 0 to 5"),
        ("combine: min", "the smallest of 3 term(s); from"),
    ],
)
def test_the_range_of_a_group(folder: Path, capsys: pytest.CaptureFixture[str], combine: str, range_: str) -> None:
    text = PARENT.replace("combine: product", combine).replace("    sharpness: 2\n", "")
    Path("parent.yaml").write_text(text)
    assert range_ in explained(capsys, "parent.yaml")


def test_sharpness_and_gates_show_in_the_range(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, "parent.yaml")
    assert "the product of 3 term(s), then r becomes exp(2 (r - 1)); from 0.135 to 1" in text
    assert "0 if width scores below its min_score" in text


def test_too_many_of_a_class_show_in_the_range(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("parent.yaml")
    path.write_text(path.read_text().replace("    sharpness: 2\n", "    sharpness: 2\n    at_most: 15\n"))
    said = "then r becomes exp(2 (r - 1)), then r^(n / 15) if the image has n > 15 of them; from 0 to 1"
    assert said in explained(capsys, "parent.yaml")


def test_um_without_pixel_size(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("parent.yaml").write_text(PARENT.replace("length: px", "length: um"))
    assert " um^2 " in explained(capsys, "parent.yaml")
    assert "[400, 800], scale 160" in explained(capsys, "parent.yaml", "--pixel-size", "0.5")


LENGTHS = """version: 1
name: lengths
units: {length: px}
geometry: {center: [40, 50], ring: [10, 20], border_radius: 30}
classes:
  zone: {kind: largest_overlap, distance: {over: 30}}
  big: {kind: area, outside: [10, 400]}
  far: {kind: distance_to_center, over: 25}
rewards:
  zone: 0
  big: 0
  far: 0
  foreground:
    terms:
      axes: {kind: ellipse_axes, expected: [10, 20], scale: [4, 8]}
      box: {kind: rotated_box, templates: [{radii: [4, 33], scale: [2, 10]}, {radii: [2, 3], scale: 5, sector: [0, 9]}]}
      disc: {kind: circle_coverage, radius: [10, 20]}
      share: {kind: coverage, expected: 0.5, scale: 0.1}
edges:
  radial_prior:
    foreground: {at: ring, width: 72, height: 3}
    inner_background: {at: center, width: 22}
    outer_background: {at: border, width: 4}
"""


@pytest.mark.parametrize(("length", "factor"), [("px", 0.5), ("um", 2)])
def test_all_lengths_are_shown_in_both_units(
    folder: Path, capsys: pytest.CaptureFixture[str], length: str, factor: float
) -> None:
    """Also pairs, intervals, those of templates and of places; and no other numbers."""
    Path("lengths.yaml").write_text(LENGTHS.replace("length: px", f"length: {length}"))
    text = explained(capsys, "lengths.yaml", "--pixel-size", "0.5")

    def shown(name: str) -> str:
        return " ".join(row(text, name))

    def times(*numbers: float) -> str:
        return f"[{', '.join(f'{number * factor:g}' for number in numbers)}]"

    assert f"center [40, 50] {times(40, 50)} " in shown("center")
    assert f"ring [10, 20] {times(10, 20)} " in shown("ring")
    assert f"border_radius 30 {30 * factor:g} " in shown("border_radius")
    assert f"radial_prior.foreground.width 72 {72 * factor:g} " in shown("radial_prior.foreground.width")
    assert "height 3 lengths.yaml" in shown("radial_prior.foreground.height")
    assert f"distance {{over: 30}} over {30 * factor:g} " in shown("zone")
    assert f"outside [10, 400] {length}^2 outside {times(10 * factor, 400 * factor)} " in shown("big")
    assert f"over 25 {length} over {25 * factor:g} " in shown("far")
    assert f"{length} {times(10, 20)}, scale {times(4, 8)} " in shown("axes")
    assert f"radii {times(4, 33)}, scale {times(2, 10)}, radii {times(2, 3)}, scale {5 * factor:g} " in shown("box")
    assert f" radius {times(10, 20)} radius [10, 20] " in shown("disc")
    assert shown("share").endswith("25% lengths.yaml:18")


@pytest.mark.parametrize("word", Vocabulary().words)
def test_every_word_has_an_explanation(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, word)
    assert text.startswith(f"{word}: a ")
    assert len(text) > 60
    assert max(len(line) for line in text.splitlines()) < 180


def test_the_list_of_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys)
    for word in (*TERM_KINDS, *DESCRIPTORS, "edges", "units"):
        assert word in text


def test_a_misspelt_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reward", "explain", "soldity"]) == 2
    error = capsys.readouterr().err
    assert "'soldity' is neither a reward file nor a word" in error
    assert "did you mean 'solidity'?" in error
    assert main(["reward", "explain", ""]) == 2
    assert "'' is neither a reward file nor a word" in capsys.readouterr().err
    assert main(["reward", "explain", "missing.yaml"]) == 2
    assert "cannot find this file  [file-not-found]" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["0", "-1", "nan", "inf", "wide"])
def test_impossible_pixel_sizes(folder: Path, size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reward", "explain", "parent.yaml", "--pixel-size", size]) == 2
    error = capsys.readouterr().err
    assert "usage: rlseg reward" in error
    assert f"argument --pixel-size: must be a number greater than 0, got {size}" in error


def test_terms_for_edges(capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, "radial_prior")
    assert "form 1 of 2" in text
    assert "form 2 of 2" in text
    assert "in foreground, inner_background, outer_background:" in text
    text = explained(capsys, "boundary_evidence")  # a property has the same name
    assert "a term for single edges" in text
    assert "a property, unit intensity" in text


def test_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert "number > 0 and <= 1; 1 if not given" in explained(capsys, "highest")
    text = explained(capsys, "weight")
    assert "a key of supervised" in text
    assert "a key of any term" in text


def test_supervised(capsys: pytest.CaptureFixture[str]) -> None:
    text = explained(capsys, "supervised")
    assert "(r + w dice) / (1 + w)" in text
    assert row(text, "weight")[1:4] == ["number", ">", "0"]


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("stain", "stain: a key of channel"),
        ("min_score", "Another one is model.min_score in a configuration"),
        ("refinement", "refinement is no word of reward files, but model.refinement in a configuration"),
    ],
)
def test_words_of_channels_and_of_configurations_are_explained(
    word: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in " ".join(explained(capsys, word).split())
