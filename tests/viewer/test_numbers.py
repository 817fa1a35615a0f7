"""Numbers of a reward file are moved in its text, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlseg.errors import RlsegError
from rlseg.viewer.session.numbers import rewritten, written
from rlseg.viewer.session.rules import Rules

TEXT = """\
version: 1
name: few   # a comment
units: {length: px, intensity: unit}
classes:
  background: {kind: area, over: 800}    # large
  odd: {kind: descriptor, property: solidity, outside: [0.5, 2]}
rewards:
  foreground:
    terms:
      size: {kind: descriptor, property: area, expected: [100, 200], scale: 20}   # px
      round:
        kind: descriptor
        property: eccentricity
        expected: 0.6
        side: above
        scale: 0.2
      bright: {kind: descriptor, property: contrast, channel: mean, expected: 0.3, scale: 0.1, side: below}
      exact: {kind: descriptor, property: extent, expected: 0.8, scale: 0.1}
  background: 0.0
  odd: 0.0
"""
SIZE = ("rewards", "foreground", "terms", "size")


def test_which_numbers_there_are() -> None:
    found = {number.name: number for number in Rules(TEXT).numbers}
    assert list(found) == ["size", "round", "bright", "exact", "background", "odd"]
    assert [(n.low, n.high, n.scale) for n in found.values()] == [
        (100, 200, 20), (None, 0.6, 0.2), (0.3, None, 0.1), (0.8, 0.8, 0.1), (None, 800, None), (0.5, 2, None),
    ]  # fmt: skip
    assert found["bright"].about == ("contrast", "mean")
    assert (found["size"].unit, found["round"].unit) == ("px²", "")


def test_only_the_number_that_is_moved_changes_in_the_text() -> None:
    new = Rules(TEXT).moved(SIZE, 90, 210.12345, 25).text
    assert new == TEXT.replace("[100, 200], scale: 20}", "[90, 210.1], scale: 25}")
    block = Rules(TEXT).moved(("rewards", "foreground", "terms", "round"), None, 0.7).text
    assert block == TEXT.replace("expected: 0.6", "expected: 0.7")
    limits = Rules(TEXT).moved(("classes", "background"), None, 1000.0).moved(("classes", "odd"), 0.4, 3.0).text
    assert limits == TEXT.replace("over: 800", "over: 1000").replace("[0.5, 2]", "[0.4, 3]")


def test_a_number_becomes_an_interval_when_its_ends_part() -> None:
    place = ("rewards", "foreground", "terms", "exact")
    moved = Rules(TEXT).moved(place, 0.7, 0.9)
    assert (moved.number(place).low, moved.number(place).high) == (0.7, 0.9)
    assert "expected: [0.7, 0.9], scale: 0.1" in moved.text
    assert "expected: 0.75, scale" in Rules(TEXT).moved(place, 0.75, 0.75).text


def test_places_that_are_not_there_and_values_that_cannot_stand_there() -> None:
    with pytest.raises(RlsegError, match=r"classes\.none does not stand in the reward file itself"):
        rewritten(TEXT, ("classes", "none"), 1.0, None, None)
    with pytest.raises(RlsegError):
        Rules(TEXT).moved(SIZE, 300, 200)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.00001, "-0.00001"), (123456.0, "123500"), (1e-12, "0"), (2.50, "2.5")]
)
def test_numbers_are_written_without_exponents(value: float, text: str) -> None:
    assert written(value) == text


def test_a_file_that_extends_another_is_merged(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "base.yaml").write_text(TEXT)
    (folder / "mine.yaml").write_text("version: 1\nextends: base.yaml\nname: mine\n")
    rules = Rules.of_file(folder / "mine.yaml")
    assert rules.file.name == "mine"
    assert "extends" in rules.report[0]
    assert rules.moved(SIZE, 90, 200).number(SIZE).low == 90
    assert Rules.of_file(folder / "base.yaml").text == TEXT
