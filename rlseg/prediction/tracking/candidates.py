"""Which objects of two frames may be one, and which may be two halves of one, with their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from rlseg.arrays import Floats, Ints
from rlseg.prediction.tracking.frame import FrameObjects
from rlseg.rewards import Tracks
from rlseg.rewards.links import Pairs


@dataclass(frozen=True)
class Candidates:
    """What may have become of the objects of a frame.

    Attributes:
        links: (L, 2) places of objects before and after.
        link_scores: (L,) in [min_score, 1].
        divisions: (D, 3) places of the one before and the two after, the smaller one first.
        division_scores: (D,) in [min_score, 1].
    """

    links: Ints
    link_scores: Floats
    divisions: Ints
    division_scores: Floats


def find_candidates(
    before: FrameObjects, after: FrameObjects, rules: Tracks, per_pixel: float, drift: tuple[int, int] = (0, 0)
) -> Candidates:
    """Score all pairs and triples within reach.

    Args:
        before, after: two frames.
        rules: of the reward file.
        per_pixel: side of a pixel in the file's unit of length.
        drift: rows and columns that the whole picture has moved.
    """
    scene = _Scene(before, after, rules, per_pixel, drift)
    links = scene.within_reach()
    scores = rules.score(scene.pairs(links[:, :1].ravel(), links[:, 1:]))
    kept = scores >= rules.min_score
    triples = np.zeros((0, 3), np.int64)
    halves = np.zeros(0)
    if rules.division is not None:
        triples = _triples(links)
        halves = rules.division.score(scene.pairs(triples[:, 0], triples[:, 1:]))
        good = halves >= rules.min_score
        triples, halves = triples[good], halves[good]
    return Candidates(links[kept], scores[kept], triples, halves)


def _triples(links: Ints) -> Ints:
    """(D, 3) each first object with each two of its second ones. links: (L, 2) sorted."""
    found = []
    for mother in np.unique(links[:, 0]):
        near = links[links[:, 0] == mother, 1]
        one, other = np.triu_indices(len(near), 1)
        found.append(np.stack([np.full(len(one), mother), near[one], near[other]], axis=1))
    return np.concatenate([np.zeros((0, 3), np.int64), *found])


class _Scene:
    """Two frames, the later one moved back by the drift."""

    def __init__(
        self, before: FrameObjects, after: FrameObjects, rules: Tracks, per_pixel: float, drift: tuple[int, int]
    ) -> None:
        self.before, self.after, self.rules, self.per_pixel = before, after, rules, per_pixel
        self.places = after.centroid - np.array(drift)
        self.shared = _SharedPixels(before, after, drift)

    def within_reach(self) -> Ints:
        """(L, 2) pairs of places, sorted."""
        if not self.before.count or not self.after.count:
            return np.zeros((0, 2), np.int64)
        tree = cKDTree(self.places)
        near = tree.query_ball_point(self.before.centroid, self.rules.reach / self.per_pixel, return_sorted=True)
        mine = np.repeat(np.arange(self.before.count), [len(found) for found in near])
        return np.stack([mine, np.concatenate(near).astype(np.int64)], axis=1)

    def pairs(self, mother: Ints, daughters: Ints) -> Pairs:
        """What the terms look at. mother: (P,); daughters: (P, D)."""
        weight = self.after.area[daughters]
        middle = (self.places[daughters] * weight[..., None]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
        away = middle - self.before.centroid[mother]
        both = self.shared.of(np.repeat(mother, daughters.shape[1]), daughters.ravel())
        shared = both.reshape(daughters.shape).sum(axis=1)
        return Pairs(
            np.hypot(away[:, 0], away[:, 1]) * self.per_pixel,
            shared / np.minimum(self.before.area[mother], weight.sum(axis=1)),
            {name: values[mother] for name, values in self.before.shapes.items()},
            {name: values[daughters] for name, values in self.after.shapes.items()},
        )


class _SharedPixels:
    """How many pixels the objects of both frames share, the later one moved back by the drift."""

    def __init__(self, before: FrameObjects, after: FrameObjects, drift: tuple[int, int]) -> None:
        (down, right), (height, width) = drift, before.place.shape
        ours = before.place[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
        theirs = after.place[max(0, down) : height - max(0, -down), max(0, right) : width - max(0, -right)]
        both = (ours > 0) & (theirs > 0)
        self._columns = after.count
        pairs = (ours[both].astype(np.int64) - 1) * self._columns + theirs[both] - 1
        # few of all pairs share any: thousands of objects have no room for a table of all
        self._pairs, self._pixels = np.unique(pairs, return_counts=True)

    def of(self, before: Ints, after: Ints) -> Ints:
        """(P,) of pairs of places, (P,) each."""
        pairs = before * self._columns + after
        if not len(self._pairs):
            return np.zeros(len(pairs), np.int64)
        at = np.minimum(np.searchsorted(self._pairs, pairs), len(self._pairs) - 1)
        return np.where(self._pairs[at] == pairs, self._pixels[at], 0)
