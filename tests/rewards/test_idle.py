"""Rewards, rules and keys without effect: an error, and indeed without effect."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from partitions import random_segments
from reward_text import HEAD, read

from rlseg.commands.one_reward import refuse_two_rewards
from rlseg.graph.sample import Sample
from rlseg.regions import majority
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import load_reward, parse_reward, stored_reward
from rlseg.rewards.language.schema import RewardFile
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

NUCLEI = Path(__file__).parents[2] / "rewards" / "nuclei.yaml"
FILE = """
classes: {{background: {{kind: area, over: 90}}, halo: {{kind: area, over: 60}}, debris: {{kind: area, under: 15}}}}
rewards:
  foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 40, scale: 20}}}}}}
  background: {}
  halo: {}
  debris: 0.1
edges: {{{}}}
"""
SOME = "{terms: {near: {kind: neighbour_score, of: foreground}}}"
OF_HALO = "{terms: {near: {kind: neighbour_score, of: halo}}}"


def problems(text: str) -> list[tuple[str, str]]:
    """Code and beginning of the message of all problems."""
    try:
        read(text)
    except RewardFileError as error:
        return [(found.code, found.message.partition(":")[0].partition(" ")[0]) for found in error.problems]
    return []


def unchecked(text: str) -> Reward:
    """A file as it was taken before anybody asked whether it has an effect."""
    return Reward(RewardFile.model_validate(yaml.safe_load(HEAD + text)))


RULES = [
    f"cut: {cut}, background: {background}{named}"
    for cut, background, named in product(
        ("foreground", "mean", "max"), ("own", "near"), ("", ", background_class: [background, halo]")
    )
    if background == "near" or not named
]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(
    ("background", "halo"),
    [("0.5", "0.0"), (SOME, "0.3"), (OF_HALO, SOME), ("0.4", OF_HALO.replace("halo", "background"))],
)
def test_108_what_is_reported_changes_no_edge_and_nothing_else_is_reported(
    rules: str, background: str, halo: str
) -> None:
    given = {"background": background, "halo": halo}
    text = FILE.format(background, halo, rules)
    reported = {place.removeprefix("rewards.") for code, place in problems(text) if code == "no-effect"}
    without = Reward(stored_reward(HEAD + text))
    used = set()
    for seed, pieces in product(range(4), (8, 20, 40)):
        segments = random_segments(seed, partitions=2, pieces=pieces)
        full = unchecked(text).evaluate(segments)
        np.testing.assert_array_equal(without.evaluate(segments).edge_score, full.edge_score)
        np.testing.assert_array_equal(without.evaluate(segments).foreground_score, full.foreground_score)
        for name in given:
            other = FILE.format(*("0.0" if key == name else value for key, value in given.items()), rules)
            if (unchecked(other).evaluate(segments).edge_score != full.edge_score).any():
                used.add(name)
    assert reported == {name for name, reward in given.items() if reward != "0.0"} - used


def test_108_the_shipped_nuclei_are_paid_what_they_were_with_terms_for_the_background(samples: list[Sample]) -> None:
    file = load_reward(NUCLEI)
    assert file.rewards["background"] == 0.0
    content = file.model_dump(mode="json", exclude_none=True)
    content["rewards"]["background"] = yaml.safe_load(SOME)
    with pytest.raises(RewardFileError, match="no edge is paid what 'near' score"):
        parse_reward(yaml.safe_dump(content, sort_keys=False))
    before = RewardFile.model_validate(content)
    assert stored_reward(before.resolved_yaml()) == file  # a model of then has the reward of today's file
    refuse_two_rewards(str(NUCLEI), before.resolved_yaml(), "a model of then", "", ())  # nor is it told to be another
    for sample in samples:
        labels = majority(sample.superpixels, sample.truth)
        segments = Segments(sample.regions, np.stack([labels, np.minimum(labels, 3), np.arange(len(labels))]))
        then, now = (Reward(of).evaluate(segments) for of in (before, file))
        assert (then.segment_score != now.segment_score).any()
        np.testing.assert_array_equal(then.edge_score, now.edge_score)
        np.testing.assert_array_equal(then.foreground_score, now.foreground_score)


@pytest.mark.parametrize(
    ("classes", "idle"),
    [
        ("a: {kind: area, over: 90}, b: {kind: area, over: 90}", ["classes.b"]),
        ("a: {kind: area, outside: [20, 90]}, b: {kind: area, under: 20}", ["classes.b"]),
        ("a: {kind: area, outside: [20, 90]}, b: {kind: area, under: 21}", []),
        ("a: {kind: area, under: 0}", ["classes.a"]),
        ("a: {kind: descriptor, property: contrast, under: 0}", []),
        ("a: {kind: area, over: 20}, b: {kind: area, over: 10}", []),
        (
            "a: {kind: descriptor, property: contrast, under: 0.2}, "
            "b: {kind: descriptor, property: contrast, channel: 0, under: 0.1}, "
            "c: {kind: descriptor, property: contrast, channel: 1, under: 0.1}, "
            "d: {kind: descriptor, property: intensity_mean, under: 0.1}",
            ["classes.b"],
        ),
        ("a: {kind: area, over: 20}, b: {kind: area, under: 21}", ["rewards.foreground"]),
        ("a: {kind: area, over: 20}, b: {kind: area, under: 20}", []),
        (
            "a: {kind: area, over: -1}, b: {kind: descriptor, property: solidity, under: 0.5}",
            ["classes.b", "rewards.foreground"],
        ),
    ],
)
def test_108_rules_that_no_segment_is_left_for(classes: str, idle: list[str]) -> None:
    rewards = ", ".join(f"{name}: 0.0" for name in yaml.safe_load(f"{{{classes}}}"))
    text = f"classes: {{{classes}}}\nrewards: {{{rewards}, foreground: 1.0}}\n"
    assert problems(text) == [("no-effect", place) for place in idle]
    stored_reward(HEAD + text)  # models that were trained with it are still good


def test_a_class_that_only_near_asks_for() -> None:
    text = FILE.format("0.5", "0.3", "background: own, background_class: halo")
    assert problems(text) == [("no-effect", "edges.background_class")]
    assert stored_reward(HEAD + text).edges.background_class is None
    assert stored_reward(HEAD + text).rewards["background"] == 0.5


@pytest.mark.parametrize(
    ("edges", "idle"),
    [
        ("missed: 2", True),
        ("background: own, missed: 0.5", True),
        ("cut: max, missed: 2", True),
        ("missed: 0", False),
        ("background: near, missed: 2", False),
        ("missed: 2, backgrund: near", False),  # the misspelling is the problem
    ],
)
def test_missed_needs_the_rule_near(edges: str, idle: bool) -> None:
    text = FILE.format("0.0", "0.0", edges)
    found = [place for code, place in problems(text) if code == "no-effect"]
    assert found == (["edges.missed"] if idle else [])
    if idle:
        with pytest.raises(
            RewardFileError, match=r"edges\.missed does nothing: only 'background: near' asks for it"
        ) as caught:
            read(text)
        assert "or leave it out (0, if it is inherited)" in str(caught.value)
        # a file of which somebody has it already is paid the same without
        segments = random_segments(1, partitions=2)
        without = Reward(stored_reward(HEAD + text))
        assert without.file.edges.missed == 0
        np.testing.assert_array_equal(
            without.evaluate(segments).edge_score, unchecked(text).evaluate(segments).edge_score
        )


@pytest.mark.parametrize("value", ["-1", ".inf", ".nan", "many", "[1]"])
def test_missed_is_a_number_that_is_not_negative(value: str) -> None:
    (found,) = problems(FILE.format("0.0", "0.0", f"background: near, missed: {value}"))
    assert found[0] in ("bad-value", "bad-type")
