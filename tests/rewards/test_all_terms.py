"""What every kind of term and class rule must hold, tried on the example that it gives of itself.

Each kind of term has a file of its own besides, in terms/.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_segments
from reward_text import HEAD
from scenes import ODD, odd

from rlseg.rewards.group import TERM_KINDS, Group
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.schema import CLASS_KINDS
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward
from rlseg.rewards.terms.base import TermReference

# Small segments are the foreground, so that terms that refer to it have something to look at.
FILE = """
geometry: {{center: [20, 28], ring: [60, 100], border_radius: 120}}
classes: {{tested: {{kind: area, over: 25}}}}
rewards:
  tested: {{terms: {{t: {term}{others}}}}}
  foreground: 0.6
"""
EVERY_TERM = pytest.mark.parametrize("kind", sorted(TERM_KINDS))
EVERY_RULE = pytest.mark.parametrize("kind", sorted(CLASS_KINDS))


def reward_of(kind: str) -> Reward:
    model = TERM_KINDS[kind]
    given = yaml.safe_load(model.EXAMPLE)
    others = "".join(  # the terms that the example refers to
        f", {given[name]}: {TERM_KINDS[mark.kinds[0]].EXAMPLE}"
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, TermReference) and name in given
    )
    return Reward(parse_reward(HEAD + FILE.format(term=model.EXAMPLE, others=others)))


def term_scores(kind: str, segments: Segments) -> np.ndarray:
    """(M,) scores, NaN for the small segments."""
    result = reward_of(kind).evaluate(segments)
    assert result.non_finite == 0
    return result.terms["tested/t"]


def matched(kind: str, segments: Segments) -> np.ndarray:
    """(M,) which segments the example of a class rule matches."""
    text = HEAD + f"geometry: {{center: [20, 28]}}\nclasses: {{a: {CLASS_KINDS[kind].EXAMPLE}}}\n"
    return Reward(parse_reward(text + "rewards: {a: 0, foreground: 1}")).evaluate(segments).segment_class == 0


@EVERY_TERM
def test_it_has_a_file_of_tests(kind: str) -> None:
    """With a slow reference, odd objects, and what holds for every term (`term_properties`)."""
    text = (Path(__file__).parent / "terms" / f"test_{kind}.py").read_text(encoding="utf-8")
    assert f"kind: {kind}" in text
    assert "def test_odd_objects" in text


@EVERY_TERM
def test_the_example_parses_to_its_kind(kind: str) -> None:
    group = reward_of(kind).file.rewards["tested"]
    assert isinstance(group, Group)
    assert type(group.terms["t"]) is TERM_KINDS[kind]


@EVERY_TERM
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 60))
def test_scores_lie_between_0_and_1(kind: str, seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces)
    scores = term_scores(kind, segments)
    assert scores.shape == (segments.count,)
    inside = scores[~np.isnan(scores)]
    assert ((inside >= 0) & (inside <= 1)).all()
    assert np.isnan(scores).tolist() == (segments.descriptor("area") <= 25).tolist()


@EVERY_TERM
def test_partitions_do_not_mix(kind: str) -> None:
    segments = random_segments(5, partitions=4)
    together = term_scores(kind, segments)
    for k in range(4):
        alone = term_scores(kind, Segments(segments.regions, segments.labels[k : k + 1]))
        np.testing.assert_allclose(together[segments.partition == k], alone, atol=1e-9)


@EVERY_RULE
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 60))
def test_rules_match_whatever_the_names_and_neighbours(kind: str, seed: int, pieces: int) -> None:
    segments = random_segments(seed, partitions=3, pieces=pieces)
    found = matched(kind, segments)
    assert found.shape == (segments.count,)
    names = np.random.default_rng(seed).permutation(10**6)
    np.testing.assert_array_equal(matched(kind, Segments(segments.regions, names[segments.labels])), found)
    for k in range(3):
        alone = matched(kind, Segments(segments.regions, segments.labels[k : k + 1]))
        np.testing.assert_array_equal(found[segments.partition == k], alone)


@EVERY_RULE
@pytest.mark.parametrize("name", ODD)
def test_rules_take_odd_objects(kind: str, name: str) -> None:
    segments = odd(name)
    assert matched(kind, segments).shape == (segments.count,)
