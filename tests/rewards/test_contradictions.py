"""Priors that no object can fulfil together."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from reward_text import HEAD, read
from scenes import drawn

from rlseg.commands.reward import main
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.lint.contradictions import find_contradictions
from rlseg.rewards.reward import Reward

ROOT = Path(__file__).parents[2]
AREA = "a: {kind: descriptor, property: area, expected: 5000, scale: 500}"
DIAMETER = "d: {kind: descriptor, property: equivalent_diameter_area, expected: 20, scale: 2}"
PAIRS = {
    "area and diameter": (AREA, DIAMETER),
    "area and radius": (AREA, "c: {kind: circle_coverage, radius: [5, 10]}"),
    "area and ratio": (AREA, DIAMETER.replace("scale: 2", "kernel: ratio")),
    "area and longest side": (AREA, "f: {kind: descriptor, property: feret_diameter_max, expected: 30, scale: 3}"),
    "area and axes": (AREA, "e: {kind: ellipse_axes, expected: [20, 30], scale: 2}"),
    "area and boxes": (AREA, "b: {kind: rotated_box, templates: [{radii: [4, 30], scale: [1, 3]}]}"),
    "radius and minor axis": (
        "c: {kind: circle_coverage, radius: [5, 8]}",
        "m: {kind: descriptor, property: axis_minor_length, expected: [60, 80], scale: 5}",
    ),
    "area and sides": (
        AREA,
        "l: {kind: descriptor, property: box_length, expected: 60, kernel: ratio}, "
        "w: {kind: descriptor, property: box_width, expected: 5, kernel: ratio}",
    ),
}
TOGETHER = {
    "a disc": (AREA, DIAMETER.replace("20", "80")),
    "only too large is wrong": (AREA.replace("scale: 500", "scale: 500, side: above"), DIAMETER),
    "half a scale between them": (AREA.replace("5000", "600"), DIAMETER.replace("20", "25")),
    "long and thin": (AREA, "m: {kind: descriptor, property: axis_minor_length, expected: 20, scale: 2}"),
}


def text(*terms: str, classes: str = "") -> str:
    return f"{classes}rewards: {{foreground: {{terms: {{{', '.join(terms)}}}}}}}"


@pytest.mark.parametrize("name", PAIRS)
def test_39_priors_that_contradict_each_other(name: str) -> None:
    assert len(find_contradictions(read(text(*PAIRS[name])))) == 1
    assert len(find_contradictions(read(text(*reversed(PAIRS[name]))))) == 1


@pytest.mark.parametrize("name", TOGETHER)
def test_39_priors_that_fit_together(name: str) -> None:
    assert find_contradictions(read(text(*TOGETHER[name]))) == []


def test_39_discs_of_any_size_score_below_a_half_in_one_of_two_that_contradict_each_other() -> None:
    """The slow way: draw them. And above it in both of two that do not."""
    rows, columns = np.mgrid[:129, :129] - 64
    for names, contradict in ((PAIRS["area and diameter"], True), (TOGETHER["a disc"], False)):
        reward = Reward(read(text(*names)))
        best = 0.0
        for radius in range(3, 62):
            terms = reward.evaluate(drawn((np.hypot(rows, columns) < radius).astype(int))).terms.values()
            best = max(best, float(np.nanmax(np.min(list(terms), axis=0))))
        assert (best < 0.5) == contradict


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("over: 3000", 1), ("over: 6000", 0), ("under: 7000", 1), ("under: 20", 0), ("outside: [100, 900]", 1)],
)
def test_39_rules_that_take_the_expected_objects_away(rule: str, expected: int) -> None:
    file = read(
        text(AREA, classes=f"classes: {{other: {{kind: area, {rule}}}}}\n").replace(
            "rewards: {", "rewards: {other: 0, "
        )
    )
    assert len(find_contradictions(file)) == expected


def test_39_the_message_has_the_numbers() -> None:
    (found,) = find_contradictions(read(text(AREA, DIAMETER)))
    half = 500 * math.sqrt(2 * math.log(2))
    assert found.message == (
        "a (area 5000) and d (equivalent_diameter_area 20) contradict each other: "
        f"the first is an area of {5000 - half:.4g} to {5000 + half:.4g} px^2, the second of 244.5 to 392.5 px^2"
    )


def test_39_sizes_of_volumes_are_compared_as_volumes() -> None:
    """Balls 45 px wide, of which an eighth of the smallest is no object: as areas they would contradict each other."""
    length = "l: {kind: descriptor, property: axis_major_length, expected: [44, 58], scale: 10}"
    wide = "dimensions: 3\nclasses:\n  debris: {kind: area, under: UNDER}\nrewards:\n  debris: 0.0\n"
    wide += f"  foreground:\n    terms:\n      {length}\n"
    assert find_contradictions(read(wide.replace("UNDER", "8910"))) == []
    (found,) = find_contradictions(read(wide.replace("UNDER", "300000")))
    most = math.pi / 6 * (58 + 10 * math.sqrt(2 * math.log(2))) ** 3
    assert f"the first is a volume of at most {most:.4g} px^3, the second of at least 3e+05 px^3" in found.message


def test_39_check_warns_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(HEAD + "rewards:\n  foreground:\n    terms:\n      " + AREA + "\n      " + DIAMETER)
    assert main(["check", str(file)]) == 0
    printed = capsys.readouterr().out
    assert f"{file}:7:7: warning: a (area 5000) and d" in printed
    assert f"the other one is at {file}:8:7" in printed
    assert main(["check", str(file), "--format", "json"]) == 0
    assert capsys.readouterr().out.strip() == "[]"


@pytest.mark.parametrize("path", sorted((ROOT / "rewards").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_files_do_not_contradict_themselves(path: Path) -> None:
    assert find_contradictions(load_reward(path)) == []
