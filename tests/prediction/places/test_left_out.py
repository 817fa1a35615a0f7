"""What a segment would be paid without one of the terms: whatever its group says holds as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rlseg.graph.sample import Sample
from rlseg.prediction.places.scores import Judge, left_out, scored_segment
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure import Segments
from rlseg.rewards.reward import Reward

WITHOUT = """
version: 1
name: without
units: {length: px, intensity: unit}
classes: {large: {kind: area, over: 3000}}
rewards:
  large: 0.2
  foreground: {KEYS, terms: {TERMS}}
"""


def test_scores_without_a_term_are_those_of_a_file_without_it(samples: list[Sample], reward: Reward) -> None:
    """Slowly: the file itself without the term."""
    sample = samples[0]
    segments = Segments(sample.regions, np.arange(sample.regions.num_nodes)[None] // 3)
    judge = Judge(reward)
    group: Any = reward.file.rewards["foreground"]
    values = judge(segments)
    breakdown = reward.evaluate(segments)
    single = [name for name in group.terms if f"foreground/{name}" not in judge.left_out]
    assert list(judge.terms) == single
    for term in single[:3]:
        fewer = group.model_copy(update={"terms": {k: v for k, v in group.terms.items() if k in single and k != term}})
        other = Reward(
            reward.file.model_copy(update={"rewards": reward.file.rewards | {"foreground": fewer}, "classes": {}})
        )
        expected = other.evaluate(segments).foreground_score
        given = [judge.scored(row).without[term] for row in values]
        np.testing.assert_allclose(given, expected, atol=1e-9)
    for number in range(segments.count):
        scored = scored_segment(reward, segments, breakdown, number)
        assert scored.reward == breakdown.foreground_score[number]
        assert scored.class_name == breakdown.class_names[breakdown.segment_class[number]]
    assert left_out(None, {}, 1) == {}


@pytest.mark.parametrize(
    "keys",
    [
        "at_most: 6",
        "at_most: 7.5, sharpness: 2, highest: 0.8, combine: geometric",
        "combine: geometric",
        "combine: product",
        "combine: min",
        "combine: sum",
        "sharpness: 3",
        "highest: 0.6",
        "sharpness: 3, combine: sum, highest: 0.5",
    ],
)
@pytest.mark.parametrize("lowest", [0.0, 0.4])
def test_all_that_a_group_says_holds_without_a_term(keys: str, lowest: float, samples: list[Sample]) -> None:
    """Of the segments of two partitions, slowly: the file itself without the term."""
    terms = {
        "size": "{kind: descriptor, property: area, expected: 150, scale: 200, weight: 2}",
        "solid": f"{{kind: descriptor, property: solidity, expected: 0.95, scale: 0.2, min_score: {lowest}}}",
        "round": "{kind: descriptor, property: eccentricity, expected: 0.5, scale: 0.4, weight: 0.5}",
    }

    def rules(left: str = "") -> Reward:
        kept = ", ".join(f"{name}: {term}" for name, term in terms.items() if name != left)
        return Reward(parse_reward(WITHOUT.replace("KEYS", keys).replace("TERMS", kept)))

    sample = samples[0]
    nodes = np.arange(sample.regions.num_nodes)
    segments = Segments(sample.regions, np.stack([nodes // 3, nodes // 8]))
    breakdown = rules().evaluate(segments)
    scored = [scored_segment(rules(), segments, breakdown, number) for number in range(segments.count)]
    objects = [number for number, one in enumerate(scored) if one.class_name == "foreground"]
    assert {int(k) for k in segments.partition[objects]} == {0, 1}
    for name in terms:
        given = [scored[number].without[name] for number in objects]
        np.testing.assert_allclose(given, rules(name).evaluate(segments).foreground_score[objects], atol=1e-9)


@pytest.mark.parametrize(
    ("keys", "all_it_can"),
    [
        ("highest: 0.6", 0.6),
        ("highest: 0.5, at_most: 2", 0.5**3),
        ("combine: sum", 2.0),
        ("sharpness: 3, combine: product", 1.0),
    ],
)
def test_without_its_only_term_it_is_paid_all_it_can_be(keys: str, all_it_can: float) -> None:
    term = "size: {kind: descriptor, property: area, expected: 150, scale: 200, weight: 2, min_score: 0.5}"
    group: Any = parse_reward(WITHOUT.replace("KEYS", keys).replace("TERMS", term)).rewards["foreground"]
    assert left_out(group, {"size": 0.25}, 6) == {"size": pytest.approx(all_it_can)}
