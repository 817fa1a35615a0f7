"""Groups, gates, order of evaluation and the breakdown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from partitions import random_segments
from reward_text import compiled, read

from rlseg.arrays import Floats
from rlseg.rewards.group import Group
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.single import of_single_segments
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.descriptor import DescriptorTerm

TWO = "kind: descriptor, property: area, expected: 1, scale: 1, weight: {}"


def group(settings: str, *weights: float) -> Group:
    terms = ", ".join(f"t{i}: {{{TWO.format(w)}}}" for i, w in enumerate(weights))
    found = read(f"rewards: {{foreground: {{{settings}terms: {{{terms}}}}}}}").rewards["foreground"]
    assert isinstance(found, Group)
    return found


@pytest.mark.parametrize(
    ("combine", "expected"),
    [
        ("mean", (2 * 0.25 + 1 * 0.5) / 3),
        ("product", 0.25**2 * 0.5),
        ("geometric", (0.25**2 * 0.5) ** (1 / 3)),
        ("min", 0.25),
        ("sum", 2 * 0.25 + 0.5),
    ],
)
def test_combinations(combine: str, expected: float) -> None:
    made = group(f"combine: {combine}, ", 2, 1)
    assert made.reward(np.array([[0.25], [0.5]]), 1) == pytest.approx(expected)
    sharp = group(f"combine: {combine}, sharpness: 3, ", 2, 1)
    assert sharp.reward(np.array([[0.25], [0.5]]), 1) == pytest.approx(np.exp(3 * (expected - 1)))


SCORES = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(
    scores=SCORES,
    more=st.floats(0, 1),
    which=st.integers(0, 2),
    combine=st.sampled_from(["mean", "product", "geometric", "min"]),
    sharp=st.booleans(),
)
def test_a_better_term_never_lowers_the_reward(
    scores: list[float], more: float, which: int, combine: str, sharp: bool
) -> None:
    made = group(f"combine: {combine}, " + ("sharpness: 2, " if sharp else ""), 0.5, 1, 3)
    better = list(scores)
    better[which] = max(better[which], more)
    low, high = made.reward(np.array([scores, better]).T, 1)
    assert low <= high + 1e-12
    assert low >= 0
    assert high <= 1 + 1e-12


def test_min_score_takes_the_whole_reward() -> None:
    text = "rewards: {foreground: {sharpness: 2, terms: {a: {kind: descriptor, property: area, expected: 1, scale: 1, min_score: 0.5}, b: {kind: descriptor, property: area, expected: 1, scale: 1}}}}"  # noqa: E501
    made = read(text).rewards["foreground"]
    assert isinstance(made, Group)
    scores = np.array([[0.5, 0.49, 1.0], [1.0, 1.0, 0.0]])
    assert made.reward(scores, 1) == pytest.approx([np.exp(2 * (0.75 - 1)), 0.0, np.exp(2 * (0.5 - 1))])


CROWD = """
classes: {{large: {{kind: area, over: 120}}}}
rewards:
  large: 0.7
  foreground: {{at_most: {}, terms: {{size: {{kind: descriptor, property: area, expected: 60, scale: 20}}}}}}
"""


@pytest.mark.parametrize("most", [0.5, 4, 9.5, 100])
def test_too_many_segments_of_a_class_are_paid_less(most: float) -> None:
    """Of this class, in the same partition; the good ones lose least."""
    segments = random_segments(0, partitions=4, pieces=25)
    plain, crowded = (compiled(CROWD.format(n)).evaluate(segments) for n in (1e9, most))
    objects = segments.descriptor("area") <= 120
    for k in range(4):
        own = segments.partition == k
        expected = plain.segment_score[own & objects] ** max((own & objects).sum() / most, 1)
        np.testing.assert_allclose(crowded.segment_score[own & objects], expected)
    np.testing.assert_array_equal(crowded.segment_score[~objects], 0.7)
    # the terms are scored as ever, and the search judges objects one by one
    np.testing.assert_array_equal(crowded.terms["foreground/size"], plain.terms["foreground/size"])
    single, left_out = of_single_segments(compiled(CROWD.format(most)))
    assert left_out == ("foreground.at_most",)
    np.testing.assert_array_equal(single.evaluate(segments).foreground_score, plain.foreground_score)


def test_at_most_needs_rewards_up_to_1() -> None:
    with pytest.raises(RewardFileError, match="at_most needs rewards that are at most 1"):
        group("combine: sum, at_most: 3, ", 1, 2)


CLASSES = """
classes:
  large: {kind: area, over: 120}
  larger: {kind: area, over: 80}
  small: {kind: area, under: 20}
rewards:
  larger: {terms: {near: {kind: neighbour_score, of: large}}}
  large: {terms: {near: {kind: neighbour_score, of: foreground}}}
  foreground:
    terms:
      size: {kind: descriptor, property: area, expected: 60, scale: 20}
      round: {kind: descriptor, property: solidity, expected: 1, scale: 0.3, side: below}
  small: 0.1
"""


def test_first_match_wins_and_the_rest_is_foreground() -> None:
    segments = random_segments(0, pieces=25)
    area = segments.descriptor("area")
    result = compiled(CLASSES).evaluate(segments)
    expected = np.select([area > 120, area > 80, area < 20], [0, 1, 2], 3)
    np.testing.assert_array_equal(result.segment_class, expected)
    assert result.class_names == ("large", "larger", "small", "foreground")
    assert set(expected) == {0, 1, 2, 3}


def test_breakdown() -> None:
    segments = random_segments(0, pieces=25)
    reward = compiled(CLASSES)
    result = reward.evaluate(segments)
    assert reward.term_names == tuple(result.terms)
    assert reward.term_names == ("larger/near", "large/near", "foreground/size", "foreground/round")
    fore = result.segment_class == 3
    for tag, values in result.terms.items():
        members = result.segment_class == result.class_names.index(tag.split("/")[0])
        np.testing.assert_array_equal(np.isnan(values), ~members)
    mean = (result.terms["foreground/size"] + result.terms["foreground/round"]) / 2
    np.testing.assert_allclose(result.segment_score[fore], mean[fore])
    np.testing.assert_array_equal(result.foreground_score, np.where(fore, result.segment_score, 0))
    assert set(result.segment_score[result.segment_class == 2]) == {0.1}
    assert result.non_finite == 0
    assert result.edge_score is result.edge_score


def test_scores_are_known_before_the_terms_that_need_them() -> None:
    """`larger` needs `large`, which needs the foreground, and the file names them in the wrong order."""
    result = compiled(CLASSES).evaluate(random_segments(0, pieces=25))
    assert np.nanmax(result.terms["larger/near"]) > 0


def test_terms_of_empty_classes_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    segments = random_segments(0)
    reward = compiled(
        "classes: {all: {kind: area, over: 0}}\n"
        "rewards: {all: 0.5, foreground: {terms: {t: "
        "{kind: descriptor, property: solidity, expected: 1, scale: 1}}}}"
    )
    result = reward.evaluate(segments)
    assert ("solidity", 0) not in segments._cache
    assert np.isnan(result.terms["foreground/t"]).all()
    assert set(result.segment_score) == {0.5}


def test_scores_that_are_not_finite_become_zero_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    segments = random_segments(0, pieces=25)
    expected = compiled(CLASSES).evaluate(segments)
    fore = np.flatnonzero(expected.segment_class == 3)
    other = np.flatnonzero(expected.segment_class != 3)[0]
    original = DescriptorTerm.score

    def broken(self: DescriptorTerm, scene: Scene) -> Floats:
        scores = original(self, scene).copy()
        if self.property == "area":
            scores[[fore[0], other]] = np.nan, np.inf
            scores[fore[1]] = -np.inf
        return scores

    monkeypatch.setattr(DescriptorTerm, "score", broken)
    result = compiled(CLASSES).evaluate(segments)
    assert result.non_finite == 2  # the score of the segment of another class does not count
    assert result.terms["foreground/size"][fore[:2]].tolist() == [0, 0]
    assert np.isfinite(result.segment_score).all()
    assert np.isfinite(result.edge_score).all()
