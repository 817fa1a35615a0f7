"""What a result is to be seen beside: rewards of degenerate partitions and of the truth, ceilings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.data import transform_sample
from rlseg.environment import SegmentationEnvironment, Verdict, split_background, verdict_on
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.regions import majority
from rlseg.rewards import Reward


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

    The background is as many segments as it has pieces: no multicut joins what does not touch.

    Raises:
        ValueError: the sample has no truth.
    """
    if sample.truth is None:
        raise ValueError("the sample has no truth")
    labels = split_background(majority(sample.superpixels, sample.truth), sample.edge_index)
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


def verdict_on_truth(samples: Sequence[Sample], reward: Reward) -> Verdict:
    """What the rules say of the true objects of all samples that have some, as their superpixels show them."""
    found = Verdict()
    for sample in samples:
        if sample.truth is not None:
            found += verdict_on(reward, sample, majority(sample.superpixels, sample.truth), sample.truth)
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
