"""One step of the environment."""

from __future__ import annotations

import numpy as np
import pytest
from slow_missed import Pay, slow_missed, slow_pay

from rlseg.data.prepare import Preparation
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.environment.partition import solve_multicut
from rlseg.graph.sample import Sample
from rlseg.rewards.edges import FAR_SHARE, FAR_WEIGHT
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward


def random_actions(sample: Sample, seed: int, count: int = 3) -> np.ndarray:
    """Weights that lean to the truth, so that all kinds of objects occur."""
    rng = np.random.default_rng(seed)
    count = sample.regions.num_nodes
    majority = np.array([np.bincount(sample.truth[sample.superpixels == n]).argmax() for n in range(count)])
    cut = majority[sample.edge_index[0]] != majority[sample.edge_index[1]]
    logit = 2.0 * (2 * cut - 1) + rng.normal(0, 2, (count, len(cut)))
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def slow_edge_rewards(sample: Sample, reward: Reward, labels: np.ndarray, pay: Pay) -> list[float]:
    """Edge rewards of one partition by the rules `cut: foreground`, `background: near` and `missed`, edge by edge."""
    assert (reward.file.edges.cut, reward.file.edges.background) == ("foreground", "near")
    regions = sample.regions
    segments = Segments(regions, labels[None])
    breakdown = reward.evaluate(segments)
    labels = segments.labels[0]
    background = breakdown.segment_class == breakdown.class_names.index("background")
    foreground = breakdown.foreground_score
    edges = list(zip(*regions.edge_index, strict=True))
    local: dict[int, float] = {}
    for n in np.flatnonzero(background[labels]):
        paid, length = 0.0, 0.0
        for e, (u, v) in enumerate(edges):
            if n in (u, v) and labels[u] != labels[v]:
                other = v if n == u else u
                paid += regions.edge_length[e] * foreground[labels[other]]
                length += regions.edge_length[e]
        if length:
            local[n] = paid / length
    lost = slow_missed(segments, breakdown.segment_class == len(breakdown.class_names) - 1, pay)
    far = FAR_SHARE * float(np.mean(list(local.values()))) if local else 0.0
    result = []
    for u, v in edges:
        a, b = labels[u], labels[v]
        if a != b:
            result.append(max(foreground[a], foreground[b]))
        elif background[a]:
            weights = [(1 if n in local else FAR_WEIGHT) / regions.area[n] for n in (u, v)]
            near = sum(w * local.get(n, far) for w, n in zip(weights, (u, v), strict=True)) / sum(weights)
            result.append(near * max(0.0, 1 - reward.file.edges.missed * (lost[u] + lost[v]) / 2))
        else:
            result.append(breakdown.segment_score[a])
    return result


@pytest.mark.parametrize("number", range(3))
def test_rewards_of_a_step_follow_the_rules_edge_by_edge(samples: list[Sample], reward: Reward, number: int) -> None:
    sample = samples[number]
    actions = random_actions(sample, number)
    outcome = SegmentationEnvironment(reward).step(sample, actions)
    pay = slow_pay(sample.regions, reward)
    labels = solve_multicut(sample.regions.num_nodes, sample.edge_index, actions)
    assert outcome.edge_reward.shape == actions.shape
    assert outcome.edge_reward.max() > 0.2
    for row, partition, action in zip(outcome.edge_reward, labels, actions, strict=True):
        np.testing.assert_allclose(row, slow_edge_rewards(sample, reward, partition, pay), atol=1e-12)
        alone = SegmentationEnvironment(reward).step(sample, action[None])
        np.testing.assert_allclose(alone.edge_reward[0], row, atol=1e-12)
    np.testing.assert_allclose(outcome.mean_reward, outcome.edge_reward.mean(1))
    np.testing.assert_array_equal(outcome.cut, labels[:, sample.edge_index[0]] != labels[:, sample.edge_index[1]])


def test_rewards_stay_in_the_unit_interval(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    for number, sample in enumerate(samples):
        rewards = environment.step(sample, random_actions(sample, number)).edge_reward
        assert rewards.min() >= 0
        assert rewards.max() <= 1


def test_threads_do_not_change_a_bit(samples: list[Sample], reward: Reward) -> None:
    actions = [random_actions(sample, 5, count=4) for sample in samples]
    one = SegmentationEnvironment(reward, threads=1).step_batch(samples, actions)
    environment = SegmentationEnvironment(reward, threads=2)
    two = environment.step_batch(samples, actions)
    assert environment.seconds > 0
    for first, second in zip(one, two, strict=True):
        assert first.edge_reward.tobytes() == second.edge_reward.tobytes()
        assert first.segments.labels.tobytes() == second.segments.labels.tobytes()


@pytest.mark.parametrize("partition", range(3))
@pytest.mark.parametrize("min_score", [0.0, 0.3])
def test_objects_are_the_foreground_segments_above_the_score(
    samples: list[Sample], reward: Reward, partition: int, min_score: float
) -> None:
    outcome = SegmentationEnvironment(reward).step(samples[0], random_actions(samples[0], 1))
    objects = outcome.objects(partition, min_score)
    labels = outcome.segments.labels[partition]
    wanted = {s for s in np.unique(labels) if outcome.breakdown.foreground_score[s] > min_score}
    assert set(labels[objects > 0]) == wanted
    assert len(wanted) > 0
    assert sorted(set(objects) - {0}) == list(range(1, len(wanted) + 1))
    assert len(set(zip(labels[objects > 0], objects[objects > 0], strict=True))) == len(wanted)


def test_a_higher_score_never_adds_objects(samples: list[Sample], reward: Reward) -> None:
    outcome = SegmentationEnvironment(reward).step(samples[1], random_actions(samples[1], 2))
    counts = [outcome.objects(0, score).max() for score in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    assert counts[-1] == 0


def test_5_6_an_image_of_one_superpixel_has_no_rewards(reward: Reward) -> None:
    flat = Preparation()(np.full((1, 60, 60), 5.0, np.float32), superpixels=np.zeros((60, 60), np.int32))
    outcome = SegmentationEnvironment(reward).step(flat, np.zeros((2, 0), np.float32))
    assert isinstance(outcome, Outcome)
    np.testing.assert_array_equal(outcome.mean_reward, [0, 0])
    np.testing.assert_array_equal(outcome.objects(), [0])
