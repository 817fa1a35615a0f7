"""From edge weights to the final objects of an image, and the numbers that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.data.augment import transform_sample
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.environment.refine import Refinement, label_segments, refine_objects
from rlseg.errors import RlsegError
from rlseg.graph.sample import Sample
from rlseg.metrics import ImageScores, by_image, pooled, score_image, superpixel_ceiling
from rlseg.rewards.properties import Measurements
from rlseg.rewards.reward import Reward
from rlseg.rewards.terms.descriptor import DescriptorTerm


@dataclass(frozen=True)
class Segmentation:
    """The final objects of one image.

    Attributes:
        sample: the image.
        actions: (E,) in (0, 1), 1 = cut.
        outcome: the one partition they lead to, and its rewards.
        labels: (H, W) int32, 0 = background, objects 1..n.
    """

    sample: Sample
    actions: npt.NDArray[np.float32]
    outcome: Outcome
    labels: npt.NDArray[np.int32]

    @property
    def reward(self) -> float:
        """Mean reward of the edges."""
        return float(self.outcome.mean_reward[0])


def segment(
    sample: Sample,
    actions: npt.NDArray[np.floating],
    environment: SegmentationEnvironment,
    refinement: Refinement | None,
    min_score: float,
) -> Segmentation:
    """Partition, drop what is no object, refine the outlines.

    Args:
        sample: the image.
        actions: (E,) in (0, 1).
        environment: multicut and rewards.
        refinement: of the outlines, or None.
        min_score: foreground segments that do not score more are background.
    """
    outcome = environment.step(sample, actions[None])
    labels = outcome.objects(0, min_score)[sample.superpixels].astype(np.int32)
    if refinement is not None:
        labels = refine_objects(sample, labels, environment.reward, refinement)
    return Segmentation(sample, np.asarray(actions, np.float32), outcome, labels)


def term_means(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Mean score of every reward term ("class/term") over the segments it applies to; absent ones are left out."""
    values: dict[str, list[npt.NDArray[np.float64]]] = {}
    for outcome in outcomes:
        for name, scores in outcome.breakdown.terms.items():
            values.setdefault(name, []).append(scores[~np.isnan(scores)])
    joined = {name: np.concatenate(parts) for name, parts in values.items()}
    return {name: float(scores.mean()) for name, scores in joined.items() if len(scores)}


def degenerate_rewards(samples: Sequence[Sample], environment: SegmentationEnvironment) -> dict[str, float]:
    """Mean reward over the images of merging everything and of cutting everything: what learning must beat."""
    merged, split = [], []
    for sample in samples:
        count = sample.regions.num_nodes
        labels = np.stack([np.zeros(count, np.int64), np.arange(count)])
        rewards = environment.judge(sample, labels).mean_reward
        merged.append(rewards[0])
        split.append(rewards[1])
    return {"all_merged": float(np.mean(merged)), "all_split": float(np.mean(split))}


def truth_reward(sample: Sample, reward: Reward) -> float:
    """Mean reward of the edges when every superpixel joins the true object that covers most of it.

    Raises:
        ValueError: the sample has no truth.
    """
    if sample.truth is None:
        raise ValueError("the sample has no truth")
    projected = superpixel_ceiling(sample.superpixels, sample.truth)
    labels = np.empty(sample.regions.num_nodes, np.int64)
    labels[sample.superpixels.ravel()] = projected.ravel()
    environment = SegmentationEnvironment(reward, threads=1)
    return float(environment.judge(sample, labels[None]).mean_reward[0])


def landmarks(samples: Sequence[Sample], environment: SegmentationEnvironment) -> dict[str, float]:
    """What the results of a run are to be seen beside, means over the images.

    Returns:
        reward_all_merged and reward_all_split, which learning must beat; where all images have a truth also
        reward_truth (if the reward of a result exceeds it, the priors are wrong) and ceiling_mean_ap, the mAP of the
        superpixels projected to the truth.
    """
    found = {f"reward_{name}": value for name, value in degenerate_rewards(samples, environment).items()}
    pairs = [(sample, sample.truth) for sample in samples if sample.truth is not None]
    if len(pairs) == len(samples):
        found["reward_truth"] = float(np.mean([truth_reward(sample, environment.reward) for sample in samples]))
        ceilings = [score_image(superpixel_ceiling(sample.superpixels, truth), truth) for sample, truth in pairs]
        found["ceiling_mean_ap"] = by_image(ceilings).mean_ap
    return found


def refuse_turning(sample: Sample, environment: SegmentationEnvironment) -> None:
    """See to it that a reward does not care how an image is turned, before images are turned at random.

    Raises:
        RlsegError: the same objects are paid differently in the turned image: the reward knows places or directions.
    """
    u, v = sample.edge_index
    labels = np.stack([np.arange(sample.regions.num_nodes), np.arange(sample.regions.num_nodes)])
    # a second partition with larger objects: each superpixel joins the neighbour it most likely belongs to
    for e in np.argsort(sample.guide):
        labels[1, u[e]] = labels[1, v[e]]
    paid = environment.judge(sample, labels).edge_reward
    turned = environment.judge(transform_sample(sample, quarter_turns=1, flip=False), labels).edge_reward
    if not np.allclose(paid, turned, atol=1e-6):
        raise RlsegError(
            "the reward file knows places or directions in the image, but the images are turned and mirrored at random",
            "switch that off: --data.augment false",
        )


@dataclass(frozen=True)
class ImageResult:
    """What is kept of one evaluated image.

    Attributes:
        name: of the image.
        reward: mean reward of its edges.
        objects: their number.
        edges, cut: number of all edges, and of those that the partition cuts.
        scores: against the truth, if there is one.
    """

    name: str
    reward: float
    objects: int
    edges: int
    cut: int
    scores: ImageScores | None


def describe(segmentation: Segmentation) -> ImageResult:
    """Reduce a segmentation to its numbers."""
    truth = segmentation.sample.truth
    scores = None if truth is None else score_image(segmentation.labels, truth)
    cut = segmentation.outcome.cut
    counts = (int(segmentation.labels.max()), cut.size, int(cut.sum()))
    return ImageResult(segmentation.sample.name, segmentation.reward, *counts, scores)


def summarise(results: Sequence[ImageResult]) -> dict[str, float]:
    """Means over images: reward, objects, and with labels every metric by image and (prefix pooled_) pooled.

    cut_share is the share of all edges that are cut: 0 if all superpixels of all images are merged, 1 if none are.
    """
    summary = {
        "reward": float(np.mean([result.reward for result in results])),
        "objects": float(np.mean([result.objects for result in results])),
    }
    edges = sum(result.edges for result in results)
    if edges:
        summary["cut_share"] = sum(result.cut for result in results) / edges
    scores = [result.scores for result in results if result.scores is not None]
    if scores:
        summary |= by_image(scores).as_dict()
        summary |= {f"pooled_{name}": value for name, value in pooled(scores).as_dict().items()}
    return summary


def measure_objects(
    sample: Sample, labels: npt.NDArray[np.int32], reward: Reward
) -> dict[str, npt.NDArray[np.float64]]:
    """What the reward file knows of the objects 1..n of an image: its descriptors in its units, and their reward.

    Args:
        sample: the image.
        labels: (H, W), 0 = background, every number from 1 to n.
        reward: the compiled reward file.

    Returns:
        Column name -> (n,), the descriptors in the order of the file, then "reward".
    """
    properties = {
        (term.property, term.channel)
        for group in reward.file.rewards.values()
        for term in getattr(group, "terms", {}).values()
        if isinstance(term, DescriptorTerm)
    }
    objects = label_segments(sample, labels)
    measurements = Measurements(objects, reward.file.units, reward.pixel_size)
    # segment 0 is the background whenever there is any
    first = int(objects.count > int(labels.max()))
    columns = {
        name if channel == 0 else f"{name}_{channel}": measurements.value(name, channel)[first:]
        for name, channel in sorted(properties)
    }
    return columns | {"reward": reward.evaluate(objects).foreground_score[first:]}
