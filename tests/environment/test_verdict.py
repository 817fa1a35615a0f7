"""How many true objects are paid little, and by what: against masks, one object at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reward_text import compiled
from reward_toys_images import DISCS, write

from rlseg.data.prepare import Preparation
from rlseg.environment.verdict import Verdict, verdict_on
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.sample import Sample
from rlseg.io.read import read_image
from rlseg.regions import majority
from rlseg.rewards.reward import Reward

CLASSES = "classes: {debris: {kind: area, under: 90}}\n"
SIZE = "size: {kind: descriptor, property: area, expected: [100, 120], scale: 10}"
DARK = "dark: {kind: descriptor, property: contrast, expected: 0.0, scale: 0.4}"


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    """The drawn discs, with superpixels that follow their outlines."""
    prepare = Preparation()
    raw = read_image(write(tmp_path)[0]).pixels
    return prepare(raw, superpixels=intersect_with_truth(prepare(raw).superpixels, DISCS))


def judged(reward: Reward, sample: Sample, truth: np.ndarray = DISCS) -> Verdict:
    return verdict_on(reward, sample.regions, majority(sample.superpixels, truth), truth)


AREAS = np.bincount(DISCS.ravel())[1:]  # 6 discs with radii of 5, 6 and 7 px, the last without its lower part


def test_objects_are_counted_whose_size_is_wrong(sample: Sample) -> None:
    distance = np.maximum(np.maximum(100 - AREAS, AREAS - 120), 0) / 10
    poor = int((np.exp(-0.5 * distance**2) < 0.3).sum())
    assert 0 < poor < 6
    verdict = judged(compiled(f"rewards: {{foreground: {{terms: {{{SIZE}}}}}}}"), sample)
    assert verdict == Verdict(6, ("size",) * poor)
    assert verdict.sentence == f"{poor} of 6 objects are paid less than 0.3 by these rules, most by size ({poor})"


def test_the_class_that_takes_objects_is_named(sample: Sample) -> None:
    small = int((AREAS < 90).sum())
    verdict = judged(compiled(f"{CLASSES}rewards: {{debris: 0.9, foreground: 1.0}}"), sample)
    assert verdict == Verdict(6, ("the class debris",) * small)
    assert judged(compiled("rewards: {foreground: 0.2}"), sample).causes == ("the class foreground",) * 6


@pytest.mark.parametrize(
    ("combine", "more", "worst"),
    [
        ("geometric", "", "dark"),
        ("geometric", ", weight: 0.01", "size"),
        ("min", ", weight: 0.01", "dark"),
        ("product", "", "dark"),
        ("mean", "", "dark"),
    ],
)
def test_the_term_that_takes_most_is_named(sample: Sample, combine: str, more: str, worst: str) -> None:
    wrong = SIZE.replace("[100, 120], scale: 10", "300, scale: 120")  # about 0.3
    dark = DARK.replace("scale: 0.4", f"scale: 0.1{more}")  # next to 0
    reward = compiled(f"rewards: {{foreground: {{combine: {combine}, terms: {{{wrong}, {dark}}}}}}}")
    assert set(judged(reward, sample).causes) == {worst}


def test_a_term_below_its_min_score_is_to_blame(sample: Sample) -> None:
    gate = SIZE.replace("scale: 10", "scale: 10, min_score: 1.0")
    dark = DARK.replace("scale: 0.4", "scale: 0.1")
    reward = compiled(f"rewards: {{foreground: {{combine: geometric, terms: {{{dark}, {gate}}}}}}}")
    causes = judged(reward, sample).causes
    right = int(((AREAS >= 100) & (AREAS <= 120)).sum())
    assert sorted(causes) == sorted(["size"] * (6 - right) + ["dark"] * right)


def test_objects_that_no_superpixel_shows(sample: Sample) -> None:
    truth = DISCS.copy()
    truth[30, 30] = 40  # one pixel among others
    verdict = judged(compiled("rewards: {foreground: 1.0}"), sample, truth)
    assert verdict == Verdict(7, ("the superpixels, which do not show them",))
    assert "1 of 7 objects is paid less than 0.3 by these rules, by the superpixels" in verdict.sentence


def test_verdicts_add_up() -> None:
    total = sum([Verdict(3, ("a",)), Verdict(5, ("b", "b")), Verdict(2)], Verdict())
    assert total.sentence == "3 of 10 objects are paid less than 0.3 by these rules, most by b (2)"
    assert Verdict(4).sentence == "none of 4 objects is paid less than 0.3 by these rules"
