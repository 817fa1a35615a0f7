"""Rewards of segments by themselves: which terms depend on the rest of the partition, and what is without those."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import random_segments
from reward_text import HEAD

from rlseg.errors import RlsegError
from rlseg.rewards.group import TERM_KINDS
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.schema import CLASS_KINDS
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward
from rlseg.rewards.single import of_single_segments

GEOMETRY = "geometry: {center: [20, 28], ring: [6, 10], border_radius: 12}\n"
# further settings of a kind under which it looks at other things than its example does
MORE = ["{kind: coverage, expected: 0.02, scale: 0.01}", "{kind: ellipse_axes, expected: [4, 9], scale: 4}"]
# an example refers to another term
EXAMPLES = [term.EXAMPLE for term in TERM_KINDS.values() if "circle: circle" not in term.EXAMPLE]


def parsed(text: str) -> Reward:
    return Reward(parse_reward(HEAD + GEOMETRY + text))


def two_ways(seed: int) -> tuple[Segments, Segments, np.ndarray, np.ndarray]:
    """Partitions that share some segments, which lie in other surroundings; and the ids of these in both."""
    one = random_segments(seed, partitions=1, pieces=20)
    labels = one.labels[0]
    kept = np.unique(labels)[seed % 2 :: 2]
    rest = np.arange(100, 100 + len(labels))  # single superpixels
    other = Segments(one.regions, np.where(np.isin(labels, kept), labels, rest)[None])
    places = np.array([np.flatnonzero(labels == m)[0] for m in kept])
    return one, other, one.labels[0, places], other.labels[0, places]


def changes(reward: Reward) -> bool:
    """Whether the scores, or classes, of segments change with what lies around them."""
    differences = []
    for seed in range(6):
        one, other, mine, theirs = two_ways(seed)
        a, b = reward.evaluate(one), reward.evaluate(other)
        differences.append(np.abs(a.segment_score[mine] - b.segment_score[theirs]).max())
    return max(differences) > 1e-9


@pytest.mark.parametrize("term", EXAMPLES + MORE)
def test_terms_say_whether_they_look_at_the_whole_partition(term: str) -> None:
    text = (
        f"classes: {{tested: {{kind: area, over: 60}}}}\nrewards: {{tested: {{terms: {{t: {term}}}}}, foreground: 0.6}}"
    )
    reward = parsed(text)
    (said,) = (found.sees_partition for found in reward.file.rewards["tested"].terms.values())  # type: ignore[union-attr]
    assert changes(reward) == said


@pytest.mark.parametrize("kind", sorted(CLASS_KINDS))
def test_class_rules_say_whether_they_compare_segments(kind: str) -> None:
    rule = CLASS_KINDS[kind]
    example = rule.EXAMPLE.replace("over: 170", "over: 5").replace("over: 1500", "over: 60")
    assert changes(parsed(f"classes: {{a: {example}}}\nrewards: {{a: 0, foreground: 1}}")) == rule.PARTITION


WHOLE = [
    "{kind: spacing, expected: 8, scale: 5}",
    "{kind: coverage, of: foreground, expected: 0.3, scale: 0.2}",
    "{kind: segments_per_circle, radius: [2, 6]}",
    "{kind: object_count, of: foreground, expected: 5, scale: 5}",
    "{kind: neighbour_score, of: big}",
    "{kind: peers, property: area, expected: [5.5, 500], scale: 60, within: 0, fewest: 2}",
]


@pytest.mark.parametrize("whole", WHOLE)
def test_what_is_left_does_not_depend_on_the_rest(whole: str) -> None:
    text = (
        "classes:\n  zone: {kind: largest_overlap, distance: {over: 5}}\n  big: {kind: area, over: 120}\n"
        "rewards:\n  zone: 0.1\n  big: {terms: {n: {kind: good_object_count, of: zone, expected: 3, scale: 3}}}\n"
        f"  foreground: {{combine: product, terms: {{whole: {whole}, size: {{kind: descriptor, property: area, "
        "expected: 100, scale: 60, weight: 2}}}\n"
    )
    reward = parsed(text)
    assert changes(reward)
    single, left_out = of_single_segments(reward)
    assert left_out == ("class zone", "foreground/whole")
    assert not changes(single)
    one, _, mine, _ = two_ways(0)
    size = np.exp(-0.5 * ((one.descriptor("area") - 100) / 60) ** 2) ** 2
    expected = np.where(one.descriptor("area") > 120, 0, size)
    np.testing.assert_allclose(single.evaluate(one).foreground_score[mine], expected[mine])
    # the reward itself is as it was
    assert reward.file.class_names == single.file.class_names
    assert "whole" in reward.term_names[0] + reward.term_names[1]


def test_a_reward_of_single_segments_is_as_it_was() -> None:
    text = (
        "classes: {big: {kind: area, over: 60}}\n"
        "rewards: {big: {terms: {n: {kind: neighbour_score, of: foreground}}}, foreground: {sharpness: 2, "
        "terms: {s: {kind: descriptor, property: solidity, expected: 1, scale: 0.2, min_score: 0.1}}}}"
    )
    reward = parsed(text)
    single, left_out = of_single_segments(reward)
    assert left_out == ()
    segments = random_segments(3)
    np.testing.assert_array_equal(
        single.evaluate(segments).foreground_score, reward.evaluate(segments).foreground_score
    )
    constant, left_out = of_single_segments(
        parsed("classes: {a: {kind: area, over: 60}}\nrewards: {a: 0, foreground: 0.6}")
    )
    assert left_out == ()
    assert set(constant.evaluate(segments).foreground_score) == {0.0, 0.6}


@pytest.mark.parametrize("whole", WHOLE[:4])
def test_a_foreground_that_says_nothing_of_single_objects_is_an_error(whole: str) -> None:
    with pytest.raises(RlsegError, match=r"all terms of the foreground look at the whole partition \(t\)") as caught:
        of_single_segments(parsed(f"rewards: {{foreground: {{terms: {{t: {whole}}}}}}}"))
    assert "model.imitation.steps: 0" in str(caught.value.hint)


def test_lengths_in_um_stay_so() -> None:
    text = "version: 1\nname: x\nunits: {length: um}\nrewards: {foreground: {terms: {t: {kind: descriptor, "
    text += "property: area, expected: 20, scale: 10}}}}"
    reward = Reward(parse_reward(text), 0.5)
    segments = random_segments(1)
    single, _ = of_single_segments(reward)
    np.testing.assert_array_equal(single.evaluate(segments).segment_score, reward.evaluate(segments).segment_score)
