"""From edge weights to the final objects of an image, and the numbers that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.environment import Outcome, Segmentation, object_scores
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
        reward: mean reward of its edges.
        object_rewards: (n,) reward of each object.
        pixels: of the image.
        edges, cut: number of all edges, and of those that the partition cuts.
        scores: against the truth, if there is one.
    """

    name: str
    reward: float
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
    sample, labels = segmentation.sample, segmentation.labels
    paid = object_scores(sample, labels, reward, int(labels.max()))
    return ImageResult(sample.name, segmentation.reward, paid, labels.size, cut.size, int(cut.sum()), scores)


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
