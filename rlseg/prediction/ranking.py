"""Whether a reward file pays true objects more than what a training could end in instead."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Ints, Labels
from rlseg.data import Preparation
from rlseg.environment import Comparison, cut_along, judge_partitions, split_background
from rlseg.errors import RlsegError
from rlseg.io import RawImage
from rlseg.prediction.degraded import best_quarter, by_threshold, grown, pairs_merged, random_half, shrunken
from rlseg.regions import RegionStatistics, majority
from rlseg.rewards import Reward

Ranking = dict[str, tuple[float, float]]
"""Version -> mean edge reward, in [0, 1] as a rule, of the truth and of that version on the same superpixels."""


def rank(
    reward: Reward, raw: RawImage, truth: Labels, name: str = "", preparation: Preparation = Preparation()
) -> Ranking:
    """Compare true objects with versions of them that are worse.

    Superpixels are cut along the truth and the version that it is compared with, as by `compare`. Leaving objects out
    is also compared on superpixels that are not cut, each of which belongs to the object that most of its pixels have:
    a training has no others. Versions that are the truth itself, as where no objects touch, are left out.

    Args:
        reward: the rules.
        raw: the image.
        truth: (H, W) or (Z, H, W) labels, 0 = background, at least one object.
        name: of the image.
        preparation: of the training that is to be compared with.

    Raises:
        RlsegError: there is no object; or the reward cannot judge the image.
    """
    if not truth.any():
        raise RlsegError(f"no object is outlined in {name or 'the image'}", "0 is background, objects count from 1")
    prepare = preparation.model_copy(update={"intersect_with_truth": False})
    before = prepare(raw.pixels, name, pixel_size=raw.pixel_size)

    def along(labels: Labels) -> Comparison:
        return cut_along(before, labels, truth)

    spacing = before.regions.spacing if before.regions.is_volume else None
    exact = along(truth)
    found = _left_out(reward, exact.regions, majority(exact.regions.superpixels, truth), "")
    shown = majority(before.superpixels, truth)
    found |= _left_out(reward, before.regions, shown, " (on superpixels)")
    _, merged, split, own = (float(mean) for mean in exact.judge(reward).mean_reward)
    found |= {"all merged": (own, merged), "all split": (own, split)}
    for version, labels in (
        ("touching pairs merged", pairs_merged(truth)),
        ("Otsu's threshold", by_threshold(before.image, truth)),
        ("over-grown", grown(truth, spacing)),
        ("shrunken", shrunken(truth, spacing)),
    ):
        if (labels != truth).any():
            paid = along(labels).judge(reward).mean_reward
            found[version] = float(paid[3]), float(paid[0])
    return found


def _left_out(reward: Reward, regions: RegionStatistics, labels: Ints, how: str) -> Ranking:
    """The versions that lack objects. labels: (N,) of the superpixels, 0 = background; how: added to the names."""
    own = split_background(labels, regions.edge_index)
    truth = judge_partitions(reward, regions, own[None])
    present, first = np.unique(labels, return_index=True)
    scores = truth.breakdown.foreground_score[truth.segments.labels[0][first[present > 0]]]
    found: Ranking = {}
    for version, some in (
        ("a random half left out", random_half(labels)),
        ("its best-paid quarter alone", best_quarter(labels, scores)),
    ):
        if (some != labels).any():
            other = judge_partitions(reward, regions, split_background(some, regions.edge_index)[None])
            found[version + how] = float(truth.mean_reward[0]), float(other.mean_reward[0])
    return found
