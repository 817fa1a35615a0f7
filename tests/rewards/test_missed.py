"""The rule `missed`: what is lost in the background, and what that takes from its edges."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from partitions import DIHEDRAL, looked_at, random_regions
from reward_text import HEAD
from slow_missed import proposed, slow_missed, slow_pay

from rlseg.data.augment import transform_sample
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.proposals import Proposals
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.missed import Candidates, missed
from rlseg.rewards.reward import Reward

FILE = """
classes: {{background: {{kind: area, over: 400}}, debris: {{kind: area, under: 20}}}}
rewards:
  foreground: {{terms: {{size: {{kind: descriptor, property: area, expected: 120, scale: 80}}{more}}}}}
  background: 0.0
  debris: 0.0
edges: {{background: near, missed: {missed}}}
"""


def reward_of(missed: float, more: str = "") -> Reward:
    return Reward(parse_reward(HEAD + FILE.format(missed=missed, more=more)))


def random_case(seed: int, partitions: int = 4) -> Segments:
    regions = looked_at(random_regions(seed, shape=(40, 56), count=60))
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 14, (partitions, regions.num_nodes))
    labels[labels > 9] = 0  # a background
    labels[0] = 0
    return Segments(regions, labels)


@pytest.mark.parametrize("seed", range(6))
def test_as_in_plain_loops(seed: int) -> None:
    segments, reward = random_case(seed), reward_of(1)
    regions = segments.regions
    breakdown = reward.evaluate(segments)
    found = breakdown.segment_class == 2
    assert 0 < found.sum() < segments.count
    candidates = Candidates.of(regions, lambda s: reward.evaluate(s).foreground_score)
    pay = slow_pay(regions, reward)
    assert (candidates.pay > 0).all()
    lost = missed(segments, found, candidates)
    for k in range(len(segments.labels)):
        alone = Segments(regions, segments.labels[k : k + 1])
        own = found[segments.offsets[k] : segments.offsets[k + 1]]
        np.testing.assert_allclose(lost[k], slow_missed(alone, own, pay), atol=1e-12)
    assert (lost[found[segments.labels]] == 0).all()
    # where nothing is found, all that is paid is lost
    best = [max([pay[m] for m in set(proposed(regions)) if n in m], default=0.0) for n in range(regions.num_nodes)]
    np.testing.assert_allclose(lost[0], best, atol=1e-12)


@pytest.mark.parametrize("times", [0.5, 2.0, 1000.0])
def test_edges_in_the_background_are_paid_less_by_what_their_ends_lose(times: float) -> None:
    segments = random_case(3)
    u, v = segments.regions.edge_index
    without, paid = reward_of(0).evaluate(segments), reward_of(times).evaluate(segments)
    lost = missed(
        segments,
        paid.segment_class == 2,
        Candidates.of(segments.regions, lambda s: reward_of(0).evaluate(s).foreground_score),
    )
    background = (paid.segment_class == 0)[segments.labels]
    inside = background[:, u] & ~segments.cut
    share = np.where(inside, np.maximum(0, 1 - times * (lost[:, u] + lost[:, v]) / 2), 1)
    np.testing.assert_allclose(paid.edge_score, without.edge_score * share, atol=1e-12)
    assert (paid.edge_score < without.edge_score).any()
    assert paid.edge_score.min() >= 0
    np.testing.assert_array_equal(paid.segment_score, without.segment_score)


def test_an_object_that_holds_half_of_a_candidate_takes_nothing_from_the_rest() -> None:
    """A row of four superpixels of 100 px, of which the first three were seen as one and would be paid 1.

    ```
    seen   a a a .
    found  one: 2/3 outside, lost 1/3;  two: 1/3 outside, nothing;  none: all
    ```
    """
    area = np.full(4, 100.0)
    regions = replace(
        random_regions(0, shape=(2, 4), count=1),
        area=area,
        superpixels=np.arange(4, dtype=np.int32)[None].repeat(2, 0),
        edge_index=np.array([[0, 1, 2], [1, 2, 3]]),
        proposals=Proposals.of_regions(np.array([[1, 1, 1, 0]]), area),
    )
    labels = np.array([[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]])
    found = np.array([True, False, True, False, False])
    candidates = Candidates.of(regions, lambda s: np.ones(s.count))
    assert candidates.members.tolist() == [0, 1, 2]
    lost = missed(Segments(regions, labels), found, candidates)
    np.testing.assert_allclose(lost, [[0, 1 / 3, 1 / 3, 0], [0, 0, 0, 0], [1, 1, 1, 0]])


def test_terms_that_look_at_the_whole_partition_do_not_judge_candidates() -> None:
    segments = random_case(1)
    with_spacing = reward_of(2, ", apart: {kind: spacing, expected: 8, scale: 5}")
    one, other = with_spacing.evaluate(segments).edge_score, reward_of(2).evaluate(segments).edge_score
    assert one.shape == other.shape
    (kept,) = (v for key, v in segments.regions.of_image.items() if "spacing" in key[0])
    (plain,) = (v for key, v in segments.regions.of_image.items() if "spacing" not in key[0])
    np.testing.assert_array_equal(kept.members, plain.members)
    np.testing.assert_allclose(kept.pay, plain.pay)


def test_nothing_is_proposed() -> None:
    segments = random_case(2)
    nothing = Proposals.of_regions(np.zeros((3, segments.regions.num_nodes), np.int64), segments.regions.area)
    empty = Segments(replace(segments.regions, proposals=nothing), segments.labels)
    np.testing.assert_array_equal(reward_of(3).evaluate(empty).edge_score, reward_of(0).evaluate(segments).edge_score)


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_turned_images_lose_the_same(samples: list[Sample], reward: Reward, quarter_turns: int, flip: bool) -> None:
    """Candidates are judged once for all copies of an image."""
    assert reward.file.edges.missed > 0
    sample = replace(samples[1], regions=replace(samples[1].regions))
    labels = np.random.default_rng(0).integers(0, 20, (3, sample.regions.num_nodes))
    before = reward.evaluate(Segments(sample.regions, labels)).edge_score
    moved = transform_sample(sample, quarter_turns, flip).regions
    assert moved.of_image is sample.regions.of_image
    np.testing.assert_allclose(reward.evaluate(Segments(moved, labels)).edge_score, before, atol=1e-9)
    moved = replace(moved)  # which has to judge for itself
    np.testing.assert_allclose(reward.evaluate(Segments(moved, labels)).edge_score, before, atol=1e-9)


def test_threads_that_judge_one_image_at_once_agree() -> None:
    """Whoever comes first keeps the candidates for all."""
    reward, case = reward_of(1), random_case(4)
    expected = reward.evaluate(random_case(4)).edge_score
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: reward.evaluate(Segments(case.regions, case.labels)).edge_score, range(24)))
    for one in found:
        np.testing.assert_array_equal(one, expected)
    assert len(case.regions.of_image) == 1


ASKING = {
    "edges.missed": reward_of(0.5),
    "rewards.foreground.terms.seen": reward_of(
        0, ", seen: {kind: descriptor, property: stability, expected: 1, scale: 0.3, side: below}"
    ),
    "classes.fleeting": Reward(
        parse_reward(
            HEAD + "classes: {fleeting: {kind: descriptor, property: stability, under: 0.2}}\n"
            "rewards: {fleeting: 0, foreground: 1}"
        )
    ),
    "rewards.foreground.terms.own": Reward(
        parse_reward(
            HEAD + "rewards: {foreground: {terms: {own: {class_path: rlseg.rewards.terms.descriptor.DescriptorTerm, "
            "init_args: {property: stability, expected: 1, scale: 0.3}}}}}"
        )
    ),
}


@pytest.mark.parametrize("place", ASKING)
def test_a_reward_that_asks_for_proposals_is_refused_where_there_are_none(place: str) -> None:
    """Whatever the segments: also where none of them is of the class with the term, as when all is merged."""
    reward = ASKING[place]
    assert reward.asks_for_proposals == place
    assert reward.may_ask_for_proposals
    regions = random_regions(0)
    merged = np.zeros((1, regions.num_nodes), np.int64)
    with pytest.raises(RlsegError, match=rf"what several ways of looking .*\({place}\)") as caught:
        reward.evaluate(Segments(regions, merged))
    assert "data.preparation.proposals" in str(caught.value)
    reward.evaluate(Segments(looked_at(regions), merged))


def test_other_rewards_do_not_ask() -> None:
    assert reward_of(0).asks_for_proposals == ""
    assert not reward_of(0).may_ask_for_proposals
    reward_of(0).evaluate(Segments(random_regions(0), np.zeros((1, random_regions(0).num_nodes), np.int64)))
