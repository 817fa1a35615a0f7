"""What a reward file says of true objects: which of them it tells a training to leave out, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Ints, Labels
from rlseg.environment.partition import split_background
from rlseg.regions import RegionStatistics
from rlseg.rewards import Group, Reward, RewardBreakdown
from rlseg.rewards.language import FOREGROUND
from rlseg.rewards.measure import Segments

POOR = 0.3
"""Where objects are paid less than this, they are better left out."""
LOST = "the superpixels, which do not show them"


@dataclass(frozen=True)
class Verdict:
    """How many of some objects are paid less than POOR.

    Attributes:
        objects: their number.
        causes: of each that is paid less, what takes most from it: a term of the foreground, or a class.
    """

    objects: int = 0
    causes: tuple[str, ...] = ()

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(self.objects + other.objects, self.causes + other.causes)

    @property
    def sentence(self) -> str:
        """One line."""
        if not self.causes:
            return f"none of {self.objects} objects is paid less than {POOR:g} by these rules"
        most, count = Counter(self.causes).most_common(1)[0]
        poor = len(self.causes)
        return (
            f"{poor} of {self.objects} objects {'is' if poor == 1 else 'are'} paid less than {POOR:g} by these rules"
            f", {'' if poor == 1 else 'most '}by {most}{'' if poor == 1 else f' ({count})'}"
        )


def verdict_on(reward: Reward, regions: RegionStatistics, labels: Ints, truth: Labels) -> Verdict:
    """Judge true objects as the superpixels of an image show them.

    Args:
        reward: the rules.
        regions: the N superpixels of the image.
        labels: (N,) true object of each superpixel, 0 = background.
        truth: (H, W) all true objects, also those that no superpixel belongs to.
    """
    partition = split_background(labels, regions.edge_index)
    segments = Segments(regions, partition[None])
    breakdown = reward.evaluate(segments)
    present, first = np.unique(labels, return_index=True)
    segment = segments.labels[0][first[present > 0]]
    lost = len(np.setdiff1d(truth, np.append(present, 0)))
    poor = segment[breakdown.foreground_score[segment] < POOR]
    return Verdict(len(segment) + lost, (*causes_of(reward, breakdown, poor), *[LOST] * lost))


def causes_of(reward: Reward, breakdown: RewardBreakdown, segments: Ints) -> list[str]:
    """What takes most from each of some segments (n,): the class that takes them, or the term that pays them least."""
    group = reward.file.rewards[FOREGROUND]
    classes = [breakdown.class_names[number] for number in breakdown.segment_class[segments]]
    if not isinstance(group, Group):
        return [f"the class {name}" for name in classes]
    costs = np.stack([_cost(group, name, breakdown.terms[f"{FOREGROUND}/{name}"][segments]) for name in group.terms])
    least = np.array(list(group.terms))[np.argmax(np.nan_to_num(costs, posinf=np.finfo(float).max), axis=0)]
    return [str(term) if name == FOREGROUND else f"the class {name}" for name, term in zip(classes, least, strict=True)]


def _cost(group: Group, name: str, scores: Floats) -> Floats:
    """(n,) how much a term takes from segments with these scores: infinite below its `min_score`."""
    term = group.terms[name]
    weight = 1.0 if group.combine == "min" else term.weight
    cost = -weight * np.log(np.clip(np.nan_to_num(scores), 1e-9, 1.0))
    return np.where(scores < term.min_score, np.inf, cost)
