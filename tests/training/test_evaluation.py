"""From edge weights to final objects and their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops

from rlseg.data.prepare import Preparation
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import Segmentation, segment
from rlseg.environment.refine import Refinement
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.metrics import by_image
from rlseg.prediction.measured import measure_objects
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.training.evaluation import image_result, summarise, term_means
from rlseg.training.landmarks import degenerate_rewards, landmarks, refuse_turning, truth_reward


def true_weights(sample: Sample) -> np.ndarray:
    """Edge weights that cut between superpixels of different true objects."""
    count = sample.regions.num_nodes
    true = np.array([np.bincount(sample.truth[sample.superpixels == n]).argmax() for n in range(count)])
    return np.where(true[sample.edge_index[0]] != true[sample.edge_index[1]], 0.95, 0.05).astype(np.float32)


@pytest.fixture
def result(samples: list[Sample], reward: Reward) -> Segmentation:
    return segment(samples[0], true_weights(samples[0]), SegmentationEnvironment(reward), Refinement(), 0.05)


def test_true_weights_give_the_true_objects(result: Segmentation, reward: Reward) -> None:
    assert result.labels.dtype == np.int32
    assert result.labels.shape == result.sample.superpixels.shape
    assert result.reward == pytest.approx(result.outcome.edge_reward.mean())
    numbers = image_result(result, reward)
    assert numbers.objects == result.labels.max() >= 2
    assert numbers.scores is not None
    assert by_image([numbers.scores]).as_dict()["mean_ap"] > 0.3
    assert numbers.name == result.sample.name


def test_without_refinement_outlines_are_those_of_superpixels(samples: list[Sample], reward: Reward) -> None:
    sample = samples[0]
    plain = segment(sample, true_weights(sample), SegmentationEnvironment(reward), None, 0.05)
    for n in range(sample.regions.num_nodes):
        assert len(np.unique(plain.labels[sample.superpixels == n])) == 1
    refined = segment(sample, true_weights(sample), SegmentationEnvironment(reward), Refinement(), 0.05)
    assert (refined.labels != plain.labels).any()


def test_what_scores_too_little_is_no_object(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    counts = [
        segment(samples[0], true_weights(samples[0]), environment, Refinement(), least).labels.max()
        for least in (0.0, 0.3, 0.6, 1.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 0


def test_the_truth_is_paid_more_than_merging_or_splitting_everything(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    for sample in samples:
        poor = degenerate_rewards([sample], environment)
        labels = np.stack([np.zeros(sample.regions.num_nodes, np.int64), np.arange(sample.regions.num_nodes)])
        merged, split = environment.judge(sample, labels).mean_reward
        assert poor == {"all_merged": pytest.approx(merged), "all_split": pytest.approx(split)}
        assert truth_reward(sample, reward) > max(merged, split) + 0.1
    together = degenerate_rewards(samples, environment)
    singly = [degenerate_rewards([sample], environment)["all_split"] for sample in samples]
    assert together["all_split"] == pytest.approx(np.mean(singly))


def test_landmarks_are_what_a_result_is_seen_beside(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    found = landmarks(samples, environment)
    poor = degenerate_rewards(samples, environment)
    assert found["reward_all_merged"] == poor["all_merged"]
    assert found["reward_all_split"] == poor["all_split"]
    assert found["reward_truth"] == pytest.approx(np.mean([truth_reward(s, reward) for s in samples]))
    assert 0.5 < found["ceiling_mean_ap"] <= 1
    blind = [replace(samples[0], truth=None), *samples[1:]]
    assert set(landmarks(blind, environment)) == {"reward_all_merged", "reward_all_split"}


def test_the_truth_cannot_be_paid_where_there_is_none(samples: list[Sample], reward: Reward) -> None:
    with pytest.raises(ValueError, match="no truth"):
        truth_reward(replace(samples[0], truth=None), reward)


def test_term_means_are_over_the_segments_a_term_applies_to(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    outcomes = [environment.step(s, true_weights(s)[None]) for s in samples]
    means = term_means(outcomes)
    assert set(means) <= set(reward.term_names)
    assert len(means) > 5
    for name, value in means.items():
        scores = np.concatenate([outcome.breakdown.terms[name] for outcome in outcomes])
        assert value == pytest.approx(np.nanmean(scores))
        assert 0 <= value <= 1
    # everything merged is background: no term of the foreground applies to it
    merged = environment.step(samples[0], np.zeros((1, samples[0].regions.num_edges)))
    assert not any(name.startswith("foreground/") for name in term_means([merged]))


def test_30_summary_is_the_mean_over_images(samples: list[Sample], reward: Reward) -> None:
    environment = SegmentationEnvironment(reward)
    results = [image_result(segment(s, true_weights(s), environment, None, 0.05), reward) for s in samples]
    summary = summarise(results)
    assert summary["reward"] == pytest.approx(np.mean([r.reward for r in results]))
    assert summary["objects"] == pytest.approx(np.mean([r.objects for r in results]))
    aps = [by_image([r.scores]).as_dict()["mean_ap"] for r in results if r.scores is not None]
    assert summary["mean_ap"] == pytest.approx(np.mean(aps))
    assert summary["pooled_mean_ap"] != pytest.approx(summary["mean_ap"])
    assert {name for name in summary if name.startswith("pooled_")} == {
        f"pooled_{name}" for name in ("mean_ap", "ap50", "ap75", "pq", "sq", "rq", "vi_split", "vi_merge", "are")
    }
    blind = [replace(r, scores=None) for r in results]
    assert set(summarise(blind)) == {"reward", "objects", "cut_share"}
    one = summarise([*blind[:-1], results[-1]])
    assert one["mean_ap"] == pytest.approx(aps[-1]), "images without labels do not count in the metrics"
    assert one["reward"] == pytest.approx(summary["reward"])


def test_measurements_are_those_of_the_final_pixels(result: Segmentation, reward: Reward) -> None:
    columns = measure_objects(result.sample, result.labels, reward)
    assert list(columns)[-1] == "reward"
    assert {"eccentricity", "solidity", "outline_level"} <= set(columns)
    properties = regionprops(result.labels, result.sample.image[0])
    for name in ("eccentricity", "axis_minor_length", "solidity", "perimeter", "intensity_mean"):
        if name in columns:
            np.testing.assert_allclose(columns[name], [p[name] for p in properties], rtol=0.02, err_msg=name)
    assert {len(values) for values in columns.values()} == {result.labels.max()}
    assert columns["reward"].max() > 0.2


def test_measurements_of_images_that_are_all_or_nothing(result: Segmentation, reward: Reward) -> None:
    nothing = measure_objects(result.sample, np.zeros_like(result.labels), reward)
    assert {len(values) for values in nothing.values()} == {0}
    left = np.indices(result.labels.shape)[1] < 40
    everything = measure_objects(result.sample, np.where(left, 1, 2).astype(np.int32), reward)
    assert {len(values) for values in everything.values()} == {2}


@pytest.mark.parametrize(
    ("terms", "refused"),
    [
        ("round: {kind: descriptor, property: eccentricity, expected: 0.3, scale: 0.3}", False),
        ("upright: {kind: descriptor, property: orientation, expected: 20, scale: 30}", True),
        ("top: {kind: descriptor, property: centroid_row, expected: 5, scale: 20}", True),
    ],
)
def test_rewards_that_know_directions_are_not_trained_on_turned_images(terms: str, refused: bool) -> None:
    text = "version: 1\nname: x\nunits: {length: px, angle: deg}\nrewards:\n  foreground:\n    terms:\n      " + terms
    environment = SegmentationEnvironment(Reward(parse_reward(text)))
    rng = np.random.default_rng(0)
    sample = Preparation()(ndimage.gaussian_filter(rng.random((1, 40, 56)), (0, 2, 2)))
    if not refused:
        refuse_turning(sample, environment)
        return
    with pytest.raises(RlsegError, match="places or directions"):
        refuse_turning(sample, environment)
