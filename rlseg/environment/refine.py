"""Pixel-exact outlines: each object is cut again at a share of its own brightness, where that does not cost reward."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from skimage.segmentation import expand_labels

from rlseg.arrays import Floats, Labels
from rlseg.environment.level_cut import cut_at
from rlseg.graph import Sample, measure_regions
from rlseg.rewards import Reward
from rlseg.rewards.measure import Segments


class Refinement(BaseModel):
    """Outlines finer than superpixels.

    Attributes:
        levels: shares of the median brightness of an object, over its local background, at which its outline is tried;
            one half is where a blurred edge truly lies.
        reach: how many pixels an outline may move outwards.
        loss: how much reward an object may lose by a new outline; the best-paid of the levels is taken.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    levels: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.5,)
    reach: int = Field(default=3, ge=0)
    loss: float = Field(default=0.3, ge=0, le=1)


def refine_objects(sample: Sample, labels: Labels, reward: Reward, settings: Refinement) -> Labels:
    """Move the outline of each object to the best-paid of some brightness levels.

    Args:
        sample: the image.
        labels: (H, W) objects 1..n, 0 = background.
        reward: judges each object before and after.
        settings: levels and how far outlines may move.

    Returns:
        (H, W) int32, objects 1..m in the same order; an object may vanish under another's new outline.
    """
    best = move_outlines(sample, labels, reward, settings)
    kept = _present(best)
    kept[0] = False
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)[best]


def move_outlines(sample: Sample, labels: Labels, reward: Reward, settings: Refinement) -> Labels:
    """`refine_objects` without a new numbering: the number of an object that vanishes is missing."""
    count = int(labels.max())
    if count == 0:
        return labels.astype(np.int32)
    zone = expand_labels(labels, settings.reach) if settings.reach else labels
    best = labels.astype(np.int32)
    score = object_scores(sample, best, reward, count) - settings.loss
    for share in settings.levels:
        candidate = cut_at(sample.above, labels, zone, share)
        gained = object_scores(sample, candidate, reward, count)
        # an object that has no piece bright enough keeps its outline
        gained[np.bincount(candidate.ravel(), minlength=count + 1)[1:] == 0] = -np.inf
        better = np.append(False, gained >= score)
        score = np.maximum(score, gained)
        keep = np.where(better[best], 0, best)
        best = np.where(better[candidate] & (keep == 0), candidate, keep)
    return best.astype(np.int32)


def label_segments(sample: Sample, labels: Labels) -> Segments:
    """The objects of an (H, W) label image, each measured as one segment, in the order of their labels.

    The background, if there is any, is segment 0.
    """
    present = _present(labels)
    lookup = np.cumsum(present, dtype=np.int32) - 1
    regions = measure_regions(
        np.concatenate([sample.image.astype(np.float64), sample.level[None].astype(np.float64)]),
        lookup[labels],
        scale=sample.regions.scale,
        offset=sample.regions.offset,
        level_channel=sample.regions.level_channel,
    )
    return Segments(regions, np.arange(np.count_nonzero(present))[None])


def object_scores(sample: Sample, labels: Labels, reward: Reward, count: int) -> Floats:
    """Reward of the objects 1..count of an (H, W) label image, 0 for numbers that do not occur: (count,)."""
    scores = np.zeros(count + 1)
    scores[np.flatnonzero(_present(labels))] = reward.evaluate(label_segments(sample, labels)).foreground_score
    return scores[1:]


def _present(labels: Labels) -> npt.NDArray[np.bool_]:
    """Which of the numbers 0, 1, ... occur in an (H, W) label image."""
    return np.bincount(labels.ravel()) > 0
