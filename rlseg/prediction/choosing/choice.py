"""The best superpixels for a reward file and some images, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import RawImage
from rlseg.prediction.choosing.candidates import Candidate, candidates, usual
from rlseg.prediction.choosing.parts import Part, parts_of
from rlseg.prediction.choosing.trial import Trial, attempt
from rlseg.rewards import Reward, of_single_segments

# superpixels of a part that are too many: so many for each object that fits, within limits
_AN_OBJECT, _LEAST_MOST, _MOST_MOST = 40, 1_000, 20_000
# share of what the usual superpixels earn by which others must earn more to be taken instead
MARGIN = 0.03
# so many superpixels for each object that fits cost nothing, twice as many 3 % of what a trial is worth
_FREE, _COST = 5, 0.05
# how much outlines count, and from where on an object is none; these put trials on six sets in the order of labels
_SHARP, _ACCIDENT = 4, 0.3
_NOT_TRUSTED = "what those of volumes are worth is not proven yet: look at rlseg superpixels"


@dataclass(frozen=True)
class Choice:
    """What was tried, and what is taken.

    Attributes:
        preparation: with the superpixels and the working width that are taken.
        trials: all that was tried, the usual superpixels first; none where nothing could be judged.
        fit: how many objects would fit side by side into what was looked at.
        chosen: number of the trial that is taken.
        parts: what of them was looked at.
        reason: why nothing was tried, or why the usual superpixels are taken although something was; or None.
    """

    preparation: Preparation
    trials: tuple[Trial, ...] = ()
    fit: float = 1.0
    chosen: int = 0
    parts: tuple[Part, ...] = ()
    reason: str | None = None

    @property
    def worths(self) -> list[float]:
        """What each trial is worth."""
        return worths(self.trials, self.fit)

    @property
    def best_first(self) -> list[int]:
        """Numbers of the trials, from the best to the worst."""
        values = self.worths
        return sorted(range(len(values)), key=lambda number: -values[number])


def choose(reward: Reward, preparation: Preparation, images: Sequence[RawImage], shown: bool = False) -> Choice:
    """Try all superpixels that suit the look of the objects, and take those on which the search earns most.

    See `worths` for what is most; others than the usual superpixels are taken where they are worth 3 % more.
    The same images always give the same choice: work is bounded by numbers of pixels and superpixels, not by time.

    Args:
        reward: the rules.
        preparation: everything but superpixels and working width is taken from it.
        images: at most three, of which the middle is looked at.
        shown: whether somebody will look at it. Those of volumes are tried for that alone: on drawings the order of
            `worths` is not that of labels, so that the usual ones are taken.

    Raises:
        RlsegError: the width of the objects is in um, and the size of the pixels is not known.
    """
    first = usual(preparation).preparation
    if preparation.volume and not shown:
        return Choice(first, reason=_NOT_TRUSTED)
    reason = _why_not(reward, preparation, images)
    if reason is not None:
        return Choice(first, reason=reason)
    try:
        single, _ = of_single_segments(reward)
    except RlsegError:
        return Choice(first, reason="the terms of the reward file look at the whole image, so that no search can judge")
    parts = parts_of(images, preparation)
    fit = sum(part.room for part in parts)
    most = float(np.clip(_AN_OBJECT * max(part.room for part in parts), _LEAST_MOST, _MOST_MOST))
    trials = tuple(attempt(one, parts, single, most) for one in different(candidates(preparation), parts))
    if not any(trial.objects for trial in trials):
        return Choice(first, trials, fit, 0, tuple(parts), "no object was found on any of them")
    if preparation.volume:
        return Choice(first, trials, fit, 0, tuple(parts), _NOT_TRUSTED)
    best = taken(worths(trials, fit))
    return Choice(trials[best].preparation, trials, fit, best, tuple(parts))


def taken(values: Sequence[float]) -> int:
    """Which of some trials is taken by what they are worth; the first is the usual one."""
    best = int(np.argmax(values))
    return best if values[best] > (1 + MARGIN) * max(values[0], 0.0) else 0


def worths(trials: Sequence[Trial], fit: float) -> list[float]:
    """What trials are judged by:

        worth = sum_objects (score - 0.3) * (r^4 - 0.3) / superpixels^0.05

    A sum, for what is not found is what superpixels lack, seldom what is found by mistake. Rules say little of where
    outlines belong, so that objects count by how well theirs lie: r is the sharpness (`Part.sharpness`) relative to the
    mean over the objects of the trial where it is largest, weighted by what they are paid above 0.3; trials that are
    paid less than half of the most do not count there. What has no outline at all is an accident, and costs.
    Superpixels are counted as multiples of five for each object that would fit into the image side by side, at least 1.

    Args:
        trials: on the same parts of images.
        fit: how many objects would fit into these.

    Returns:
        A number for each; minus infinity where nothing was searched.
    """
    totals = [float(trial.paid.sum()) for trial in trials]
    means = [
        float((trial.paid * trial.sharpness).sum()) / total
        for trial, total in zip(trials, totals, strict=True)
        if total > max(totals) / 2
    ]
    best = max(means, default=0.0) or 1.0
    found = []
    for trial in trials:
        value = float((trial.paid * ((trial.sharpness / best) ** _SHARP - _ACCIDENT)).sum())
        cost = max(trial.nodes / (_FREE * fit), 1.0) ** _COST
        # more superpixels make no accident cheaper
        found.append(-np.inf if trial.refused is not None else value / cost if value > 0 else value * cost)
    return found


def different(found: Sequence[Candidate], parts: Sequence[Part]) -> list[Candidate]:
    """The first of those that come to the same, for the width is close enough to the same working grid."""
    known: dict[Any, Candidate] = {}
    for one in found:
        prepare = one.preparation
        grids = tuple(prepare.zooms(part.size)[0] for part in parts)
        known.setdefault((prepare.superpixels, grids), one)
    return list(known.values())


def _why_not(reward: Reward, preparation: Preparation, images: Sequence[RawImage]) -> str | None:
    if preparation.ring is not None:
        return "the features know the place of a ring"
    if preparation.intersect_with_truth:
        return "superpixels are cut along the truth"
    if reward.file.supervised is not None:
        return "the reward is what labels say"
    return None if images else "there are no images"
