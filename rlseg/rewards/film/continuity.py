"""What a segment is paid for being like itself a frame before and a frame after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_array

from rlseg.arrays import Bools, Floats, Ints
from rlseg.regions import RegionStatistics
from rlseg.rewards.film.candidates import Candidates, Scene, SharedPixels, score_candidates, shared_pixels
from rlseg.rewards.film.frame import MeasuredObjects
from rlseg.rewards.film.neighbours import Neighbours, Side
from rlseg.rewards.measure import Segments
from rlseg.rewards.tracks import Tracks

APART = 0.1
"""Of an object that is the sister of a segment at most this share of pixels lies in the segment."""


def continuity_of(segments: Segments, neighbours: Neighbours, rules: Tracks, per_pixel: float) -> Floats:
    """How well each segment goes on, by itself: it does not matter what else is in its partition.

    Towards each neighbouring frame it is the best score of a link to an object that was found there, or of a division:
    into two of the objects after, or of one before into the segment and an object that was found in the frame itself.
    Nothing that scores at least `min_score` is 0.

    Args:
        segments: M segments of an image that is a frame, or of its turned or mirrored copy.
        neighbours: of the image.
        rules: of links.
        per_pixel: side of a pixel in the rules' unit of length.

    Returns:
        (M,) in [0, 1], the mean over the neighbouring frames; 1 where there are none.
    """
    if neighbours.before is None and neighbours.after is None:
        return np.ones(segments.count)
    name = f"continuity {per_pixel} {rules.model_dump_json()}"
    return segments.measure_joined(partial(_measured, neighbours=neighbours, rules=rules, per_pixel=per_pixel), name)


@dataclass(frozen=True)
class _Measured:
    """Segments and objects that may overlap; see `MeasuredObjects`."""

    area: Floats
    centroid: Floats
    shapes: Mapping[str, Floats]

    @property
    def count(self) -> int:
        return len(self.area)

    def and_also(self, other: MeasuredObjects) -> _Measured:
        """These, and after them the others."""
        return _Measured(
            np.append(self.area, other.area),
            np.concatenate([self.centroid, other.centroid]),
            {name: np.append(values, other.shapes[name]) for name, values in self.shapes.items()},
        )


def _measured(segments: Segments, neighbours: Neighbours, rules: Tracks, per_pixel: float) -> Floats:
    """(J,) of the segments of `Segments.joined`."""
    still = segments.regions.still
    members, mine = _of_joined(segments, rules)
    sides = []
    if neighbours.after is not None:
        sides.append(_onwards(members, mine, neighbours.after, still, rules, per_pixel))
    if neighbours.before is not None:
        sides.append(_backwards(members, mine, neighbours, neighbours.before, still, rules, per_pixel))
    return np.mean(sides, axis=0)


def _of_joined(segments: Segments, rules: Tracks) -> tuple[csr_array, _Measured]:
    """(J, N) which superpixels they consist of, and what they are like in the image as it was measured."""
    still = segments.regions.still
    labels, ids = segments.joined
    of_partition, node = np.nonzero(labels >= 0)
    shape = (len(ids), still.num_nodes)
    members = csr_array((np.ones(len(node)), (labels[of_partition, node], node)), shape=shape)
    area = members @ still.area.astype(np.float64)
    shapes = {"area": area}
    others = sorted(rules.needed - {"area"})
    if others:  # turned tables differ in the last digit
        unturned = segments if still is segments.regions else Segments(still, segments.labels)
        shapes |= {name: unturned.descriptor(name)[ids] for name in others}
    return members, _Measured(area, (members @ still.moments[:, :2]) / area[:, None], shapes)


def _onwards(
    members: csr_array, mine: _Measured, side: Side, still: RegionStatistics, rules: Tracks, per_pixel: float
) -> Floats:
    """(J,) towards the frame after."""
    theirs, columns = side.objects, side.objects.count
    pairs, pixels = shared_pixels(still.superpixels + 1, theirs.place, max(columns, 1), side.drift)
    table = _table(pairs, pixels, (still.num_nodes, columns))
    shared = SharedPixels.of_table(members @ table)
    found = score_candidates(Scene(mine, theirs, shared, side.drift, per_pixel), rules, _lying_on(shared))
    return _best(mine.count, [found.links[:, 0], found.divisions[:, 0]], found)


def _backwards(
    members: csr_array,
    mine: _Measured,
    neighbours: Neighbours,
    side: Side,
    still: RegionStatistics,
    rules: Tracks,
    per_pixel: float,
) -> Floats:
    """(J,) towards the frame before. Sisters are numbered after the J segments."""
    earlier, here, count = side.objects, neighbours.here, mine.count
    nodes = still.num_nodes
    pairs, pixels = shared_pixels(earlier.place, still.superpixels + 1, nodes, side.drift)
    of_mine = _table(pairs, pixels, (earlier.count, nodes)) @ members.T
    pairs, pixels = shared_pixels(earlier.place, here.place, max(here.count, 1), side.drift)
    of_here = _table(pairs, pixels, (earlier.count, here.count))
    pairs, pixels = shared_pixels(still.superpixels + 1, here.place, max(here.count, 1), (0, 0))
    both = (members @ _table(pairs, pixels, (nodes, here.count))).toarray()
    free = both <= APART * here.area
    shared = SharedPixels.of_table(_beside(of_mine.tocsr(), of_here))

    def apart(one: Ints, other: Ints) -> Bools:
        """Of places, (P,) each, the first smaller: a segment and a sister that does not lie in it."""
        good = (one < count) & (other >= count)
        good[good] = free[one[good], other[good] - count]
        return good

    everyone = mine.and_also(here)
    found = score_candidates(Scene(earlier, everyone, shared, side.drift, per_pixel), rules, _lying_on(shared), apart)
    halves = found.divisions[:, 1:].min(axis=1, initial=count)
    return _best(count, [found.links[:, 1], halves], found)


def _table(pairs: Ints, pixels: Ints, shape: tuple[int, int]) -> csr_array:
    """The pixels that numbers share, from `shared_pixels` with as many columns."""
    columns = max(shape[1], 1)
    return csr_array((pixels.astype(np.float64), (pairs // columns, pairs % columns)), shape=shape)


def _beside(one: csr_array, other: csr_array) -> csr_array:
    """The columns of one table, then those of the other."""
    a, b = one.tocoo(), other.tocoo()
    rows = np.append(a.coords[0], b.coords[0])
    columns = np.append(a.coords[1], b.coords[1].astype(np.int64) + one.shape[1])
    return csr_array((np.append(a.data, b.data), (rows, columns)), shape=(one.shape[0], one.shape[1] + other.shape[1]))


def _lying_on(shared: SharedPixels) -> Callable[[Ints], Bools]:
    """Which of pairs (P, 2) have pixels in common: what divides lies under its halves."""
    return lambda links: shared.among(*links.T) > 0


def _best(count: int, owners: list[Ints], found: Candidates) -> Floats:
    """(count,) the best score of each owner, links first and then divisions; what is numbered higher has none."""
    best = np.zeros(count)
    for owner, scores in zip(owners, (found.link_scores, found.division_scores), strict=True):
        own = owner < count
        np.maximum.at(best, owner[own], scores[own])
    return best
