"""One way to cut images into superpixels, tried on parts of some images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation
from rlseg.environment import search_objects
from rlseg.prediction.choosing.candidates import Candidate
from rlseg.prediction.choosing.parts import Part
from rlseg.rewards import Reward

THRESHOLD = 0.3
"""Objects that are paid less are none."""


@dataclass(frozen=True)
class Seen:
    """What became of a part.

    Attributes:
        superpixels: (h, w) ids 0..N-1.
        objects: (h, w) those that the search found, 1..n, 0 = background; none where nothing was searched.
        scores: (n,) what each is paid, in [0, 1].
        sharpness: (n,) how well the outline of each lies, see `Part.sharpness`.
        searched: whether the search was tried.
    """

    superpixels: Labels
    objects: Labels
    scores: tuple[float, ...] = ()
    sharpness: tuple[float, ...] = ()
    searched: bool = True


@dataclass(frozen=True)
class Trial:
    """What the search earned on some superpixels.

    Attributes:
        words: what is special about the superpixels.
        preparation: that makes them.
        parts: what became of each part.
        refused: why the search was not tried, or None.
    """

    words: str
    preparation: Preparation
    parts: tuple[Seen, ...] = field(repr=False)
    refused: str | None = None

    @property
    def nodes(self) -> int:
        """Superpixels of all parts."""
        return sum(int(part.superpixels.max()) + 1 for part in self.parts)

    @property
    def objects(self) -> int:
        """Objects that were found."""
        return sum(len(part.scores) for part in self.parts)

    @property
    def mean_score(self) -> float:
        """What an object is paid, 0 without any."""
        scores = [score for part in self.parts for score in part.scores]
        return float(np.mean(scores)) if scores else 0.0

    @property
    def paid(self) -> Floats:
        """(n,) what each object is paid above THRESHOLD."""
        return np.array([score for part in self.parts for score in part.scores]) - THRESHOLD

    @property
    def sharpness(self) -> Floats:
        """(n,) how well the outline of each object lies."""
        return np.array([value for part in self.parts for value in part.sharpness])


def attempt(candidate: Candidate, parts: Sequence[Part], single: Reward, most: float) -> Trial:
    """Cut parts of images into superpixels and search them for objects.

    Args:
        candidate: the superpixels.
        parts: of images.
        single: judges objects one by one, see `rlseg.rewards.of_single_segments`.
        most: superpixels of a part, above which nothing is searched.
    """
    seen = tuple(_search(candidate.preparation, part, single, most) for part in parts)
    searched = all(one.searched for one in seen)
    return Trial(
        candidate.words, candidate.preparation, seen, None if searched else f"more than {most:.0f} superpixels"
    )


def _search(preparation: Preparation, part: Part, single: Reward, most: float) -> Seen:
    # sub-graphs are for training alone
    changes = {"normalisation": part.normalisation, "subgraph_sizes": (), "intersect_with_truth": False}
    sample = preparation.model_copy(update=changes)(part.pixels, pixel_size=part.size)
    if sample.regions.num_nodes > most:
        return Seen(sample.superpixels, np.zeros_like(sample.superpixels), searched=False)
    found = search_objects(
        sample.regions, sample.guide, lambda segments: single.evaluate(segments).foreground_score, THRESHOLD
    )
    present, first, object_of = np.unique(
        np.where(found.chosen, found.labels, -1), return_index=True, return_inverse=True
    )
    # numbered from 1, and what is in none is 0
    objects = (object_of + int(present[0] >= 0))[sample.superpixels].astype(np.int32)
    of_objects = first[present >= 0]
    scores, sharpness = found.score[of_objects], part.sharpness(objects)
    return Seen(sample.superpixels, objects, tuple(scores.tolist()), tuple(sharpness.tolist()))
