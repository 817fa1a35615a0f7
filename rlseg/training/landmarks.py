"""What a result is to be seen beside: the reward of the truth, and ceilings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rlseg.data import symmetries, transform_sample
from rlseg.environment import SegmentationEnvironment, Verdict, cut_along, verdict_on
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.metrics import by_image, score_image, superpixel_ceiling
from rlseg.regions import majority
from rlseg.rewards import Reward


def landmarks(samples: Sequence[Sample], reward: Reward) -> dict[str, float]:
    """What the results of a run are to be seen beside, means over the images; empty unless all have a truth.

    Returns:
        reward_truth, what `rlseg reward score` pays the true label images (if the reward of a result exceeds it, the
        priors are wrong), and ceiling_mean_ap, the mAP of the superpixels projected to the truth.
    """
    paid, ceilings = [], []
    for sample in samples:
        if sample.truth is None:
            return {}
        paid.append(cut_along(sample, sample.truth).judge(reward).mean_reward[0])
        ceilings.append(score_image(superpixel_ceiling(sample.superpixels, sample.truth), sample.truth))
    return {"reward_truth": float(np.mean(paid)), "ceiling_mean_ap": by_image(ceilings).mean_ap}


def verdict_on_truth(samples: Iterable[Sample], reward: Reward) -> Verdict:
    """What the rules say of the true objects of all samples that have some, as their superpixels show them."""
    found = Verdict()
    for sample in samples:
        if sample.truth is not None:
            found += verdict_on(reward, sample.regions, majority(sample.superpixels, sample.truth), sample.truth)
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
    # of cubes about two axes, so that none stays where it was
    copy = transform_sample(sample, 1, False, tilt=int(symmetries(sample.regions) == 48))
    turned = environment.judge(copy, labels).edge_reward
    if not np.allclose(paid, turned, atol=1e-6):
        raise RlsegError(
            "the reward file knows places or directions in the image, but the images are turned and mirrored at random",
            "switch that off: --data.augment false",
        )
