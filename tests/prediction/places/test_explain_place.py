"""Why an object was found or missed, on images whose answer is known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from nuclei import Run
from PIL import Image

import rlseg
from rlseg.__main__ import main
from rlseg.data.prepare import Preparation
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import Segmentation, segment
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.prediction.places.explain import explain_place
from rlseg.prediction.places.explanation import Explanation
from rlseg.prediction.places.picture import draw_place
from rlseg.prediction.places.scores import Judge
from rlseg.prediction.places.searched import search_whole
from rlseg.prediction.predictor import Predictor
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward

RULES = """
version: 1
name: discs
units: {length: px, intensity: unit}
classes: {background: {kind: area, over: 3000}, debris: {kind: area, under: 30}}
rewards:
  background: 0.0
  debris: 0.0
  foreground:
    combine: geometric
    terms:
      size: {kind: descriptor, property: equivalent_diameter_area, expected: [17, 23], scale: 2}
      round: {kind: descriptor, property: eccentricity, expected: 0.2, scale: 0.2, side: above}
      bright: {kind: descriptor, property: contrast, expected: 0.3, scale: 0.1, side: below}
"""
DISCS = ((30, 30, 10), (30, 51, 10), (80, 32, 16), (85, 85, 3))
"""Row, column and radius: two that touch, as the rules mean them, one too large, one that is debris."""


@pytest.fixture(scope="module")
def drawn() -> Sample:
    row, column = np.mgrid[:120, :120]
    image = np.full((120, 120), 20.0) + np.random.default_rng(0).normal(0, 1, (120, 120))
    cuts = np.zeros((120, 120), np.int32)
    for number, (r, c, radius) in enumerate(DISCS):
        inside = (row - r) ** 2 + (column - c) ** 2 <= radius**2
        image[inside] += 150
        # each disc is two superpixels, the ground four
        cuts[inside] = 10 + 2 * number + (column[inside] > c)
    cuts[cuts == 0] = (1 + (row > 60) * 2 + (column > 60))[cuts == 0]
    cuts = np.unique(cuts, return_inverse=True)[1].reshape(cuts.shape).astype(np.int32)
    return Preparation(subgraph_sizes=(3,))(image[None].astype(np.float32), "drawn", None, cuts)


def made(sample: Sample, groups: list[set[int]], rules: str = RULES) -> tuple[Any, Segmentation]:
    """A policy that joins the discs of each group (those of none are joined with the ground), and what it finds.

    Discs of group {n} are one object; -n means that its two halves are cut.
    """
    reward = Reward(parse_reward(rules))
    module = SimpleNamespace(reward=reward, min_score=0.3)
    owner = np.zeros(sample.regions.num_nodes, np.int64)
    free = 100
    for number, group in enumerate(groups):
        for n in group:
            r, c, radius = DISCS[abs(n) - 1]
            for side in (-1, 1):
                free += 1
                owner[sample.superpixels[r, c + side * radius // 2]] = free if n < 0 else number + 1
    u, v = sample.edge_index
    actions = np.where(owner[u] == owner[v], 0.01, 0.99).astype(np.float32)
    return module, segment(sample, actions, SegmentationEnvironment(reward), None, module.min_score)


def asked(sample: Sample, groups: list[set[int]], disc: int, rules: str = RULES) -> Explanation:
    module, found = made(sample, groups, rules)
    r, c, radius = DISCS[disc - 1]
    return explain_place(module, found, c - radius // 2, r)


def test_what_is_kept_is_said_with_its_terms(drawn: Sample) -> None:
    place = asked(drawn, [{1}, {2}], 1)
    assert place.cause == "kept"
    assert place.candidate is None
    assert "drawn, column 25, row 30: kept\n  object 1 of 2 lies here and is paid " in place.text
    ((title, scored),) = place.columns
    assert title == "object 1"
    assert scored.area == pytest.approx(np.pi * 100, rel=0.05)
    _, found = made(drawn, [{1}, {2}])
    breakdown, segments = found.outcome.breakdown, found.outcome.segments
    number = int(segments.labels[0][drawn.superpixels[30, 25]])
    assert scored.reward == pytest.approx(breakdown.segment_score[number], abs=1e-6)
    for name, score in scored.terms.items():
        assert score == pytest.approx(breakdown.terms[f"foreground/{name}"][number], abs=1e-6)
        assert re.search(rf"^  {name} +{score:.2f}", place.text, re.MULTILINE)
    assert "more than model.min_score 0.3" in place.text


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([{2}], "but the policy has merged it with the background"),
        ([{-1}, {2}], "but the policy has cut it into 2 pieces."),
    ],
)
def test_the_policy_is_to_blame_for_what_it_does_to_a_good_object(
    groups: list[set[int]], words: str, drawn: Sample
) -> None:
    place = asked(drawn, groups, 1)
    assert place.cause == "policy"
    assert words in place.reason
    assert place.text.startswith("drawn, column 25, row 30: missed, because of the policy\n")
    assert place.candidate is not None
    row, column = np.mgrid[:120, :120]
    np.testing.assert_array_equal(place.candidate, (row - 30) ** 2 + (column - 30) ** 2 <= 100)
    assert place.columns[0][1].reward > 0.8


def test_a_term_is_to_blame_for_what_is_good_but_for_it(drawn: Sample) -> None:
    place = asked(drawn, [{1}, {2}], 3)
    assert place.cause == "reward"
    assert "the term size gives it 0.00; without that it would be paid" in place.reason
    assert place.columns[0][1].limiting == "size"
    assert "costs most; without it" in place.text


@pytest.mark.parametrize(("scale", "cause"), [(3.5, "reward"), (8, "policy")])
def test_a_term_is_to_blame_for_what_is_hardly_paid(scale: float, cause: str, drawn: Sample) -> None:
    """Just above min_score, and others are paid much more: the policy would lose nothing by leaving it out."""
    rules = RULES.replace("expected: [17, 23], scale: 2", f"expected: [17, 23], scale: {scale}")
    place = asked(drawn, [{1}, {2}], 3, rules)
    scored = place.columns[0][1]
    assert scored.reward > 0.3
    assert scored.limiting == "size"
    assert place.cause == cause
    assert ("the term size gives it" in place.reason) == (cause == "reward")
    assert ("train longer" in place.text) == (cause == "policy")
    if cause == "reward":
        assert re.search(
            r"is paid 0\.3\d, much less than the [01]\.\d\d that objects found here usually are", place.reason
        )
        assert "The policy has merged it with the background (" in place.reason
        none = asked(drawn, [], 3, rules)
        assert none.cause == "reward"
        assert "much less than the 1.00 that can be" in none.reason


def test_what_is_an_object_to_the_rules_is_not_called_background(drawn: Sample) -> None:
    place = asked(drawn, [{2}], 1, RULES.replace("over: 3000", "over: 300000"))
    assert place.cause == "policy"
    assert "merged it with what lies around it, into one segment (" in place.reason
    assert " px, paid 0.00 as an object)" in place.reason
    assert "background" not in place.reason


def test_what_is_shattered_but_for_its_middle_is_not_called_merged() -> None:
    row, column = np.mgrid[:60, :60]
    inside = (row - 30) ** 2 + (column - 30) ** 2 <= 100
    image = np.where(inside, 170.0, 20.0) + np.random.default_rng(0).normal(0, 1, inside.shape)
    cuts = np.where(inside, column - 19, 0).astype(np.int32)  # 21 strips
    sample = Preparation(subgraph_sizes=(3,))(image[None].astype(np.float32), "strips", None, cuts)
    reward = Reward(parse_reward(RULES))
    module: Any = SimpleNamespace(reward=reward, min_score=0.3)
    strip = sample.superpixels[30]
    middle = np.isin(np.arange(sample.regions.num_nodes), strip[26:35])
    u, v = sample.edge_index
    actions = np.where(middle[u] & middle[v], 0.01, 0.99).astype(np.float32)
    found = segment(sample, actions, SegmentationEnvironment(reward), None, 0.3)
    place = explain_place(module, found, 22, 30)
    assert place.candidate is not None
    assert place.candidate[30, 22]
    assert place.cause == "policy"
    assert "but the policy has kept only a part of it together (" in place.reason


def test_a_class_is_to_blame_for_what_it_takes(drawn: Sample) -> None:
    rules = RULES.replace("expected: [17, 23]", "expected: [4, 23]")
    place = asked(drawn, [{1}, {2}], 4, rules)
    assert place.cause == "reward"
    assert "but the class debris takes it" in place.reason
    assert place.columns[0][1].class_name == "debris"


def test_where_nothing_is_the_superpixels_show_nothing(drawn: Sample) -> None:
    module, found = made(drawn, [{1}, {2}])
    place = explain_place(module, found, 5, 110)
    assert place.cause == "superpixels"
    assert "looks like an object" in place.reason
    assert "superpixels" in place.text.splitlines()[0]


def test_a_partition_that_takes_a_good_object_is_the_rewards_fault(drawn: Sample) -> None:
    """By itself it is paid; beside others it is not, for there must not be more than one."""
    rules = RULES + "      alone: {kind: object_count, of: foreground, expected: 0, scale: 0.1, min_score: 0.5}\n"
    place = asked(drawn, [{1}, {2}], 1, rules)
    assert place.cause == "reward"
    assert "by itself, and the policy has made it; beside the other segments it is paid 0.00" in place.reason
    assert "candidates are judged one by one, without foreground/alone" in place.text


def test_an_outline_that_leaves_a_place_out_is_said(drawn: Sample) -> None:
    module, found = made(drawn, [{1}, {2}])
    labels = found.labels.copy()
    labels[:, :26] = 0
    place = explain_place(module, replace(found, labels=labels), 25, 30)
    assert place.cause == "outline"
    assert place.reason == "object 1 was found here; its outline leaves this pixel out."
    place = explain_place(module, replace(found, labels=0 * labels), 25, 30)
    assert place.cause == "outline"
    assert place.reason.endswith("and the policy has made it; it was lost when the outlines were refined.")


def test_a_better_object_beside_a_kept_one_is_named(drawn: Sample) -> None:
    lenient = RULES.replace("expected: [17, 23], scale: 2", "expected: [17, 23], scale: 10")
    place = asked(drawn, [{1, 2}], 1, lenient.replace("expected: 0.2, scale: 0.2", "expected: 0.2, scale: 0.9"))
    assert place.cause == "kept"
    assert "Another object would be paid more, " in place.reason
    assert "the policy has merged it with a neighbour, into one segment (" in place.reason


@pytest.mark.parametrize("groups", [[{2}], [{-1}, {2}], [{1, 2}]])
def test_who_knows_what_the_search_chooses_is_told_the_same_at_once(
    groups: list[set[int]], drawn: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, found = made(drawn, groups)
    found = replace(found, labels=0 * found.labels)
    slowly = explain_place(module, found, 25, 30)
    chosen = search_whole(drawn, Judge(module.reward), 0.3)
    monkeypatch.setattr("rlseg.prediction.places.explain.candidates_at", None)
    monkeypatch.setattr("rlseg.prediction.places.explain.search_whole", None)
    at_once = explain_place(module, found, 25, 30, chosen)
    assert at_once.text == slowly.text
    np.testing.assert_array_equal(at_once.candidate, slowly.candidate)


def test_the_command_says_it_and_draws_it(
    folder: Path, trained: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = min((folder / "images").iterdir())
    picture = tmp_path / "place.png"
    for model in (trained.folder, trained.best):
        assert main(["explain-object", str(model), str(image), "40,30", "--picture", str(picture)]) == 0
    text, again = capsys.readouterr().out.strip().split(f"{image.name}, ")[1:]
    assert text.strip() == again.strip()
    place = rlseg.explain_object(trained.best, image, 40, 30)
    assert place.text == f"{image.name}, {text.strip()}"
    assert rlseg.explain_object(Predictor(trained.best), rlseg.read_image(image), 40, 30).reason == place.reason
    with Image.open(picture) as drawn:
        shown = draw_place(place)
        assert np.array_equal(np.asarray(drawn), shown)
    assert (shown == (255, 40, 200)).all(axis=2).sum() > 50, "the cross"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("96,0", "the place 96,0 is outside of"),
        ("0,96", "a row from 0 to 95"),
        ("12", "the place must be COLUMN,ROW"),
        ("-1,4", "the place must be COLUMN,ROW"),
        ("1.5,4", "the place must be COLUMN,ROW"),
        ("a,b", "120,88"),
    ],
)
def test_a_wrong_place_is_one_line(
    place: str, words: str, folder: Path, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    image = str(min((folder / "images").iterdir()))
    assert main(["explain-object", str(trained.best), image, "--", place]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_another_magnification_is_looked_at_as_the_training_would(
    trained: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, float | None]] = []

    def twice(raw: rlseg.RawImage, preparation: Preparation, width: float | None) -> float:
        asked.append((raw.pixel_size and raw.pixel_size.row, width))
        return 2.0 if len(raw.pixels[0]) > 100 else 1.0

    monkeypatch.setattr("rlseg.prediction.places.explain.magnification", twice)
    small = rlseg.read_image(min((folder / "images").iterdir())).pixels
    large = small.repeat(2, axis=1).repeat(2, axis=2)
    place = rlseg.explain_object(trained.best, large, 81, 60, pixel_size=0.25, width=30.0)
    assert asked == [(0.25, 30.0)]
    assert (place.column, place.row, place.asked, place.ratio) == (40, 30, (81, 60), 2.0)
    assert place.found.labels.shape == small.shape[1:]
    assert "column 81, row 60" in place.text
    assert "looked at 0.5 times as large" in place.text
    same = rlseg.explain_object(trained.best, small, 95, 95)
    assert (same.ratio, same.column, same.row) == (1.0, 95, 95)
    assert "times as large" not in same.text


def test_an_image_with_nothing_on_it(trained: Run) -> None:
    place = rlseg.explain_object(trained.best, np.full((60, 50), 7), 10, 20)
    assert place.cause == "superpixels"
    assert "the only candidate, the superpixel of 3000 px, does not look like an object" in place.reason


def test_a_run_without_a_checkpoint_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "checkpoints").mkdir()
    assert main(["explain-object", str(tmp_path), "image.png", "1,1"]) == 2
    assert "has no checkpoint yet" in capsys.readouterr().err
    with pytest.raises(RlsegError, match="no such"):
        rlseg.explain_object(tmp_path / "none.ckpt", np.zeros((9, 9)), 0, 0)
