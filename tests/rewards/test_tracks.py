"""The section `tracks` of a reward file: what its terms score, and what is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest
from film_rules import HEAD, film_rules, rules_text

from rlseg.rewards.language import RewardFileError, parse_reward
from rlseg.rewards.links import DIVISION_KINDS, LINK_KINDS, Pairs
from rlseg.rewards.tracks import Tracks


def tracks(text: str) -> Tracks:
    found = parse_reward(f"{HEAD}tracks:\n{text}").tracks
    assert found is not None
    return found


ONE = Pairs(
    distance=np.array([0.0, 4.0, 8.0]),
    overlap=np.array([1.0, 0.5, 0.0]),
    before={"area": np.array([100.0, 100.0, 0.0]), "solidity": np.array([0.5, 0.5, 0.0])},
    after={"area": np.array([[100.0], [150.0], [10.0]]), "solidity": np.array([[0.5], [1.0], [0.0]])},
)
TWO = Pairs(
    distance=np.zeros(2),
    overlap=np.ones(2),
    before={"area": np.array([100.0, 100.0]), "solidity": np.array([0.8, 0.8])},
    after={"area": np.array([[50.0, 50.0], [90.0, 30.0]]), "solidity": np.array([[0.8, 0.8], [1.0, 0.6]])},
)


@pytest.mark.parametrize(
    ("term", "pairs", "values"),
    [
        ("{kind: moved, expected: 4, scale: 4, kernel: linear}", ONE, [0, 1, 0]),
        ("{kind: moved, expected: [0, 4], scale: 4}", ONE, [1, 1, np.exp(-0.5)]),
        ("{kind: overlap, expected: 1, scale: 0.5, kernel: linear}", ONE, [1, 0, 0]),
        ("{kind: change, property: area, expected: 1, kernel: ratio}", ONE, [1, 2 / 3, 0]),
        ("{kind: change, property: area, expected: 1.5, scale: 0.5}", ONE, [np.exp(-0.5), 1, 0]),
        ("{kind: change, property: solidity, expected: 1, scale: 1, kernel: linear}", ONE, [1, 0, 1]),
        # of two the areas are added, of anything else their mean is taken
        ("{kind: change, property: area, expected: 1, scale: 0.4, kernel: linear}", TWO, [1, 0.5]),
        ("{kind: change, property: solidity, expected: 1, scale: 0.1}", TWO, [1, 1]),
        ("{kind: alike, property: area, expected: 1, kernel: ratio}", TWO, [1, 1 / 3]),
    ],
)
def test_what_a_term_scores(term: str, pairs: Pairs, values: list[float]) -> None:
    plain = "  reach: 9\n  terms: {a: {kind: moved, expected: 0, scale: 1}}\n"
    rules = tracks(f"{plain}  division: {{terms: {{t: {term}}}}}")
    assert rules.division is not None
    np.testing.assert_allclose(rules.division.score(pairs), values, atol=1e-12)


def test_terms_become_one_score_by_their_weighted_geometric_mean() -> None:
    rules = tracks(
        "  reach: 9\n  terms:\n"
        "    a: {kind: moved, expected: 4, scale: 8, kernel: linear, weight: 3}\n"
        "    b: {kind: overlap, expected: 1, scale: 1, kernel: linear, min_score: 0.6}"
    )
    np.testing.assert_allclose(rules.score(ONE), [0.5**0.75, 0, 0])


def test_what_must_be_measured_is_what_the_terms_ask_for() -> None:
    assert film_rules().tracks.needed == {"area"}
    text = "  reach: 9\n  terms: {a: {kind: moved, expected: 0, scale: 1}}\n"
    assert tracks(text).needed == set()
    text += "  division: {terms: {s: {kind: alike, property: solidity, expected: 1, scale: 1}}}"
    assert tracks(text).needed == {"solidity"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  reach: 8\n", "", "'reach' is required in tracks"),
        ("reach: 8", "reach: -8", "tracks.reach: must be greater than 0"),
        ("reach: 8", "reech: 8", "unknown key 'reech' in tracks"),
        ("kind: moved", "kind: move", "tracks.terms.moved: 'move' is not a known kind"),
        ("kind: moved, expected: [0, 2]", "kind: moved, expected: [9, 10]", r"as far as moved expects \(9\) is within"),
        ("kind: moved, expected: [0, 2], scale: 2", "kind: moved, expected: [0, 2]", "'scale' is required"),
        ("scale: 2}", "kernel: ratio}", "must be greater than 0 with kernel: ratio, got 0"),
        (
            "property: area, expected: [0.8",
            "property: contrast, expected: [0.8",
            "'contrast' is not a property",
        ),
        ("  reach: 8\n", "  reach: 8\n  min_score: 0\n", "tracks.min_score: must be greater than 0"),
        ("  reach: 8\n", "  reach: 8\n  gap: -1\n", "tracks.gap: must be at least 0"),
    ],
)
def test_mistakes_are_said_at_their_place(old: str, new: str, message: str) -> None:
    text = rules_text()
    assert old in text
    with pytest.raises(RewardFileError, match=message):
        parse_reward(text.replace(old, new, 1))


def test_there_must_be_a_term() -> None:
    with pytest.raises(RewardFileError, match=r"tracks\.terms: must hold at least one entry"):
        tracks("  reach: 9\n  terms: {}")


def test_alike_is_for_divisions_alone() -> None:
    assert set(DIVISION_KINDS) - set(LINK_KINDS) == {"alike"}
    with pytest.raises(RewardFileError, match=r"tracks\.terms\.a: 'alike' is not a known kind"):
        tracks("  reach: 9\n  terms: {a: {kind: alike, property: area, expected: 1, scale: 1}}")


def test_a_file_without_the_section_is_written_as_before() -> None:
    assert "tracks" not in parse_reward(HEAD).resolved_yaml()
    file = film_rules("gap: 2", division=True)
    assert parse_reward(file.resolved_yaml()) == file
