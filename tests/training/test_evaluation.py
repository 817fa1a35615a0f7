"""From edge weights to final objects and their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from nuclei import crop
from scipy import ndimage
from skimage.measure import regionprops
from workshop import plain_rewards

from rlseg.data.prepare import Preparation
from rlseg.environment.comparison import cut_along
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.environment.final import Segmentation, segment
from rlseg.environment.label_image import object_scores
from rlseg.environment.refine import Refinement
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.metrics import by_image
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.scoring import score_labels
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.training.evaluation import image_result, summarise, term_means
from rlseg.training.landmarks import landmarks, refuse_turning


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
    for sample in samples:
        plain = plain_rewards([sample], reward)
        assert plain["truth"] > max(plain["all_merged"], plain["all_split"]) + 0.1
        truth, merged, split = cut_along(sample, sample.truth).judge(reward).mean_reward
        assert truth > max(merged, split) + 0.1


@pytest.mark.parametrize("refinement", [None, Refinement(loss=0.3)])
def test_a_result_is_paid_what_reward_score_pays_its_label_image(refinement: Refinement | None, reward: Reward) -> None:
    raw, name, truth = crop(0)
    sample = Preparation()(raw, name, truth)
    found = segment(sample, true_weights(sample), SegmentationEnvironment(reward), refinement, 0.3)
    result = image_result(found, reward)
    scores = score_labels(reward.file, raw, found.labels)
    assert result.reward == pytest.approx(scores.reward, abs=1e-9)
    assert result.all_merged == pytest.approx(scores.all_merged, abs=1e-9)
    assert result.all_split == pytest.approx(scores.all_split, abs=1e-9)
    assert 0 < result.reward < 1
    np.testing.assert_allclose(result.object_rewards, scores.table["reward"][scores.table["label"] > 0], atol=1e-9)
    # what the partition was paid says nothing of outlines, and of objects that were left out
    assert result.reward != pytest.approx(found.outcome.mean_reward[0], abs=1e-3)
    assert landmarks([sample], reward)["reward_truth"] == pytest.approx(score_labels(reward.file, raw, truth).reward)


def test_the_objects_of_a_result_have_one_measure(result: Segmentation, reward: Reward) -> None:
    count = int(result.labels.max())
    paid = image_result(result, reward).object_rewards
    np.testing.assert_allclose(paid, object_scores(result.sample, result.labels, reward, count), atol=1e-9)
    # numbers that do not occur are paid nothing
    gaps = np.where(result.labels == 1, 0, 2 * result.labels).astype(np.int32)
    compared = cut_along(result.sample, gaps)
    paid = compared.of_objects(compared.judge(reward))
    np.testing.assert_allclose(paid, object_scores(result.sample, gaps, reward, 2 * count), atol=1e-9)
    assert not paid[::2].any()
    assert paid[3::2].any()


def test_a_result_without_objects_is_paid_what_all_merged_is(samples: list[Sample], reward: Reward) -> None:
    nothing = segment(samples[0], np.full(samples[0].regions.num_edges, 0.01), SegmentationEnvironment(reward), None, 0)
    result = image_result(nothing, reward)
    assert result.objects == 0
    assert result.reward == result.all_merged
    assert {"all_merged": result.all_merged, "all_split": result.all_split} == {
        name: pytest.approx(value) for name, value in plain_rewards(samples[:1], reward).items() if name != "truth"
    }


def test_landmarks_are_what_a_result_is_seen_beside(samples: list[Sample], reward: Reward) -> None:
    found = landmarks(samples, reward)
    singly = [landmarks([sample], reward)["reward_truth"] for sample in samples]
    assert found["reward_truth"] == pytest.approx(np.mean(singly))
    assert 0.5 < found["ceiling_mean_ap"] <= 1
    assert landmarks([replace(samples[0], truth=None), *samples[1:]], reward) == {}


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
    assert set(summarise(blind)) == {"reward", "reward_all_merged", "reward_all_split", "objects", "cut_share"}
    assert summary["reward_all_split"] == pytest.approx(np.mean([r.all_split for r in results]))
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
