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

_MOST_NODES, _AN_OBJECT = 20_000, 40
# share of what the usual superpixels earn by which others must earn more to be taken instead
MARGIN = 0.05
# so many superpixels for each object that fits cost nothing, twice as many 2 % of what a trial is worth
_FREE, _COST = 10, 0.03


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
        return [worth(trial, self.fit) for trial in self.trials]

    @property
    def best_first(self) -> list[int]:
        """Numbers of the trials, from the best to the worst."""
        values = self.worths
        return sorted(range(len(values)), key=lambda number: -values[number])


def choose(reward: Reward, preparation: Preparation, images: Sequence[RawImage]) -> Choice:
    """Try all superpixels that suit the look of the objects, and take those on which the search earns most.

    A trial is worth

        sum_objects (score - 0.3) * sharpness^4 / superpixels^0.03

    A sum, for what is not found is what superpixels lack, seldom what is found by mistake. Rules say little of where
    outlines belong, so that those objects count whose outlines lie where the image has some (`Part.sharpness`).
    Superpixels are counted as multiples of ten for each object that would fit into the image side by side, at least 1.
    Others than the usual ones are taken where they are worth 5 % more.

    The same images always give the same choice: work is bounded by numbers of pixels and superpixels, not by time.

    Args:
        reward: the rules.
        preparation: everything but superpixels and working width is taken from it.
        images: at most three, of which the middle is looked at.

    Raises:
        RlsegError: the width of the objects is in um, and the size of the pixels is not known.
    """
    first = usual(preparation).preparation
    reason = _why_not(reward, preparation, images)
    if reason is not None:
        return Choice(first, reason=reason)
    try:
        single, _ = of_single_segments(reward)
    except RlsegError:
        return Choice(first, reason="the terms of the reward file look at the whole image, so that no search can judge")
    parts = parts_of(images, preparation)
    fit = sum(part.room for part in parts)
    most = min(_MOST_NODES, max(_AN_OBJECT * max(part.room for part in parts), 1000.0))
    trials = tuple(attempt(one, parts, single, most) for one in different(candidates(preparation), parts))
    if not any(trial.objects for trial in trials):
        return Choice(first, trials, fit, 0, tuple(parts), "no object was found on any of them")
    values = np.array([worth(trial, fit) for trial in trials])
    best = int(values.argmax())
    if values[best] <= (1 + MARGIN) * max(values[0], 0.0):
        best = 0
    return Choice(trials[best].preparation, trials, fit, best, tuple(parts))


def worth(trial: Trial, fit: float) -> float:
    """What a trial is judged by; minus infinity where nothing was searched.

    Args:
        trial: of superpixels.
        fit: how many objects would fit into what was looked at.
    """
    return -np.inf if trial.refused is not None else trial.earned / max(trial.nodes / (_FREE * fit), 1.0) ** _COST


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
