"""From edge weights to the final objects of an image, and the numbers that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.environment import Outcome, Segmentation, cut_along
from rlseg.metrics import ImageScores, by_image, pooled, score_image
from rlseg.rewards import Reward


def term_means(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Mean score of every reward term ("class/term") over the segments it applies to; absent ones are left out."""
    values: dict[str, list[npt.NDArray[np.float64]]] = {}
    for outcome in outcomes:
        for name, scores in outcome.breakdown.terms.items():
            values.setdefault(name, []).append(scores[~np.isnan(scores)])
    joined = {name: np.concatenate(parts) for name, parts in values.items()}
    return {name: float(scores.mean()) for name, scores in joined.items() if len(scores)}


@dataclass(frozen=True)
class ImageResult:
    """What is kept of one evaluated image.

    Attributes:
        name: of the image.
        reward: of its final objects, as `rlseg reward score` judges a label image: mean reward of the edges between
            superpixels that are cut along their outlines.
        all_merged, all_split: the same of a single segment and of every superpixel by itself, on the same edges.
        object_rewards: (n,) reward of each object.
        pixels: of the image.
        edges, cut: number of edges between the superpixels as they are, and of those that the policy's partition cuts.
        scores: against the truth, if there is one.
    """

    name: str
    reward: float
    all_merged: float
    all_split: float
    object_rewards: Floats
    pixels: int
    edges: int
    cut: int
    scores: ImageScores | None

    @property
    def objects(self) -> int:
        """Their number."""
        return len(self.object_rewards)


def image_result(segmentation: Segmentation, reward: Reward) -> ImageResult:
    """Reduce a segmentation to its numbers. reward: judges its objects."""
    truth = segmentation.sample.truth
    scores = None if truth is None else score_image(segmentation.labels, truth)
    cut = segmentation.outcome.cut
    labels = segmentation.labels
    compared = cut_along(segmentation.sample, labels)
    judged = compared.judge(reward)
    given, merged, split = (float(mean) for mean in judged.mean_reward)
    return ImageResult(
        name=segmentation.sample.name,
        reward=given,
        all_merged=merged,
        all_split=split,
        object_rewards=compared.of_objects(judged),
        pixels=labels.size,
        edges=cut.size,
        cut=int(cut.sum()),
        scores=scores,
    )


def summarise(results: Sequence[ImageResult]) -> dict[str, float]:
    """Means over images: rewards, objects, and with labels every metric by image and (prefix pooled_) pooled.

    reward is that of the results; reward_all_merged and reward_all_split are what learning must beat.
    cut_share is the share of all edges that are cut: 0 if all superpixels of all images are merged, 1 if none are.
    """
    summary = {
        "reward": float(np.mean([result.reward for result in results])),
        "reward_all_merged": float(np.mean([result.all_merged for result in results])),
        "reward_all_split": float(np.mean([result.all_split for result in results])),
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
