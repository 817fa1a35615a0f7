"""Which objects of two frames may be one, and which may be two halves of one, with their scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from rlseg.arrays import Bools, Floats, Ints, Labels
from rlseg.errors import RlsegError
from rlseg.rewards.film.frame import FrameObjects, MeasuredObjects
from rlseg.rewards.links import Pairs
from rlseg.rewards.tracks import Tracks

MOST = 20_000_000
"""Pairs, and divisions, between two frames: their tables are some gigabytes then."""


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
    return score_candidates(Scene(before, after, SharedPixels.of(before, after, drift), drift, per_pixel), rules)


def score_candidates(
    scene: Scene,
    rules: Tracks,
    halves_of: Callable[[Ints], Bools] | None = None,
    apart: Callable[[Ints, Ints], Bools] | None = None,
) -> Candidates:
    """Score all pairs and triples within reach.

    Args:
        scene: two frames.
        rules: of the reward file.
        halves_of: of pairs within reach, (L, 2): where the second may be one of two that the first divides into.
        apart: of pairs of objects after, (P,) each: which of them may be there at once; all if it is not given.

    Raises:
        RlsegError: there are more than memory holds.
    """
    links = scene.within_reach(rules.reach)
    scores = rules.score(scene.pairs(links[:, :1].ravel(), links[:, 1:]))
    kept = scores >= rules.min_score
    triples, halves = np.zeros((0, 3), np.int64), np.zeros(0)
    if rules.division is not None:
        triples = _triples(links if halves_of is None else links[halves_of(links)], apart)
        halves = rules.division.score(scene.pairs(triples[:, 0], triples[:, 1:]))
        good = halves >= rules.min_score
        triples, halves = triples[good], halves[good]
    return Candidates(links[kept], scores[kept], triples, halves)


def _triples(links: Ints, apart: Callable[[Ints, Ints], Bools] | None) -> Ints:
    """(D, 3) each first object with each two of its second ones. links: (L, 2) sorted; apart: see above."""
    each = np.unique(links[:, 0], return_counts=True)[1]
    _refuse_many(int((each * (each - 1) // 2).sum()), "divisions are possible")
    found = []
    for mother in np.unique(links[:, 0]):
        near = links[links[:, 0] == mother, 1]
        one, other = np.triu_indices(len(near), 1)
        if apart is not None:
            free = apart(near[one], near[other])
            one, other = one[free], other[free]
        found.append(np.stack([np.full(len(one), mother), near[one], near[other]], axis=1))
    return np.concatenate([np.zeros((0, 3), np.int64), *found])


def _refuse_many(count: int, what: str) -> None:
    if count > MOST:
        raise RlsegError(
            f"{count} {what} between two frames, at most {MOST} are looked at",
            "are these labels of objects, not intensities? Those of a film are looked for with rlseg track --search; "
            "else lower reach under tracks",
        )


class Scene:
    """Two frames, the later one moved back by the drift.

    Args:
        before, after: the objects of two frames.
        shared: the pixels that they have in common.
        drift: rows and columns that the whole picture has moved.
        per_pixel: side of a pixel in the file's unit of length.
    """

    def __init__(
        self,
        before: MeasuredObjects,
        after: MeasuredObjects,
        shared: SharedPixels,
        drift: tuple[int, int],
        per_pixel: float,
    ) -> None:
        self.before, self.after, self.shared, self.per_pixel = before, after, shared, per_pixel
        self.places = after.centroid - np.array([0] * (after.centroid.shape[1] - 2) + [*drift])

    def within_reach(self, reach: float) -> Ints:
        """(L, 2) pairs of places, sorted. reach: in the file's unit of length."""
        if not self.before.count or not self.after.count:
            return np.zeros((0, 2), np.int64)
        tree = cKDTree(self.places)
        both = cKDTree(self.before.centroid).count_neighbors(tree, reach / self.per_pixel)
        _refuse_many(int(both), "pairs of objects lie within reach of each other")
        near = tree.query_ball_point(self.before.centroid, reach / self.per_pixel, return_sorted=True)
        mine = np.repeat(np.arange(self.before.count), [len(found) for found in near])
        return np.stack([mine, np.concatenate(near).astype(np.int64)], axis=1)

    def pairs(self, mother: Ints, daughters: Ints) -> Pairs:
        """What the terms look at. mother: (P,); daughters: (P, D)."""
        weight = self.after.area[daughters]
        middle = (self.places[daughters] * weight[..., None]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
        away = middle - self.before.centroid[mother]
        both = self.shared.among(np.repeat(mother, daughters.shape[1]), daughters.ravel())
        shared = both.reshape(daughters.shape).sum(axis=1)
        return Pairs(
            _length(away) * self.per_pixel,
            shared / np.minimum(self.before.area[mother], weight.sum(axis=1)),
            {name: values[mother] for name, values in self.before.shapes.items()},
            {name: values[daughters] for name, values in self.after.shapes.items()},
        )


def _length(away: Floats) -> Floats:
    """(P,) of vectors (P, 2) or (P, 3)."""
    within: Floats = np.hypot(away[:, -2], away[:, -1])
    return within if away.shape[1] == 2 else np.hypot(within, away[:, 0])


@dataclass(frozen=True)
class SharedPixels:
    """How many pixels the objects of two frames share. Few of all pairs share any: there is no table of all.

    Attributes:
        columns: how many objects there are after.
        pairs: (S,) place before * columns + place after, ascending.
        pixels: (S,) that these share.
    """

    columns: int
    pairs: Ints
    pixels: Ints

    @classmethod
    def of(cls, before: FrameObjects, after: FrameObjects, drift: tuple[int, int]) -> SharedPixels:
        """Of objects that do not overlap, the later ones moved back by the drift."""
        return cls(after.count, *shared_pixels(before.place, after.place, after.count, drift))

    @classmethod
    def of_table(cls, table: csr_array) -> SharedPixels:
        """Of objects that may overlap. table: (n before, n after) pixels, 0 where they share none."""
        found = table.tocoo()
        keys = found.coords[0].astype(np.int64) * table.shape[1] + found.coords[1]
        order = np.argsort(keys)
        return cls(table.shape[1], keys[order], np.rint(found.data[order]).astype(np.int64))

    def among(self, before: Ints, after: Ints) -> Ints:
        """(P,) of pairs of places, (P,) each."""
        pairs = before * self.columns + after
        if not len(self.pairs):
            return np.zeros(len(pairs), np.int64)
        at = np.minimum(np.searchsorted(self.pairs, pairs), len(self.pairs) - 1)
        return np.where(self.pairs[at] == pairs, self.pixels[at], 0)


def shared_pixels(before: Labels, after: Labels, columns: int, drift: tuple[int, int]) -> tuple[Ints, Ints]:
    """Which numbers meet in two images, and in how many pixels.

    Args:
        before, after: (H, W) or (Z, H, W) numbers, 0 for none; those of `after` are at most `columns`.
        columns: see there.
        drift: rows and columns by which the later image is moved back.

    Returns:
        (S,) (number before - 1) * columns + number after - 1, ascending, and (S,) pixels.
    """
    (down, right), (height, width) = drift, before.shape[-2:]
    ours = before[..., max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    theirs = after[..., max(0, down) : height - max(0, -down), max(0, right) : width - max(0, -right)]
    both = (ours > 0) & (theirs > 0)
    pairs = (ours[both].astype(np.int64) - 1) * columns + theirs[both] - 1
    found, pixels = np.unique(pairs, return_counts=True)
    return found, pixels
