"""Segmentation hypotheses: objects of one image that overlap, each judged, of which a film chooses some."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from rlseg.arrays import Floats, Ints, Labels
from rlseg.environment.candidates import CandidateSegments, candidates_of
from rlseg.environment.merge_tree import TABLE
from rlseg.environment.partition import CLIP, solve_multicut
from rlseg.graph import Sample
from rlseg.regions import RegionStatistics, of_pixels
from rlseg.rewards.measure import Segments

LEVELS = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
"""Added to log(a / (1 - a)) of all edges: from few large segments to many small ones."""
ALIKE = 0.9
"""Of two hypotheses whose IoU is larger, the one that is worth less is left out."""
LAYERS = 12
"""What lies by more than half where so many hypotheses that are worth more do is left out: no place has many more."""
AREA_LIMIT = 0.25
"""Share of the image above which nothing is a hypothesis."""


@dataclass(frozen=True)
class Hypotheses:
    """C hypotheses of one image, the N superpixels of which they are made, and what is measured of them.

    Attributes:
        superpixels: (H, W) int32, ids 0..N-1.
        segments: the superpixels of each; they overlap.
        worth: (C,) in [0, 1], what each is paid by itself times how far the image agrees to it.
        found: numbers of those that the image alone would choose; they do not overlap.
        area: (C,) pixels.
        centroid: (C, 2) mean row and column, px.
        shapes: descriptor -> (C,), in px and px^2.
    """

    superpixels: Labels
    segments: CandidateSegments
    worth: Floats
    found: Ints
    area: Floats
    centroid: Floats
    shapes: Mapping[str, Floats]

    @property
    def count(self) -> int:
        """C."""
        return self.segments.count

    @property
    def members(self) -> csr_array:
        """(N, C) 1 where a superpixel is in a hypothesis."""
        return _members(self.segments, int(self.superpixels.max(initial=-1)) + 1)

    def only(self, kept: Ints) -> Hypotheses:
        """Some of them, all that were found among them. kept: their numbers, ascending."""
        return Hypotheses(
            self.superpixels,
            self.segments.only(kept),
            self.worth[kept],
            np.searchsorted(kept, self.found),
            self.area[kept],
            self.centroid[kept],
            {name: values[kept] for name, values in self.shapes.items()},
        )

    def owners(self, chosen: Ints) -> Ints:
        """(N,) the objects 1..n that some hypotheses (n,) make of the superpixels; 0 = in none of them."""
        numbers = np.zeros(int(self.superpixels.max(initial=-1)) + 1, np.int64)
        some = self.segments.only(chosen)
        numbers[some.members] = np.repeat(np.arange(1, some.count + 1), np.diff(some.start))
        return numbers

    def labels(self, chosen: Ints) -> Labels:
        """(H, W) int32, the same objects as an image."""
        return of_pixels(self.owners(chosen).astype(np.int32), self.superpixels)


def hypotheses_of(
    sample: Sample,
    found: Ints,
    score: Callable[[Segments], Floats],
    weights: npt.NDArray[np.floating] | None,
    least: float,
    shapes: Collection[str] = (),
    paid_found: Floats | None = None,
) -> Hypotheses:
    """Objects that an image may hold: those of a search, of a policy, and those that were found already.

    They are the nodes of the merge tree of the guide and what several ways of looking propose (`candidates_of`); and
    with weights the nodes of their merge tree and the segments of their multicut at several levels. Of those that are
    paid enough and look alike the best stays.

    Among many some are paid well by accident. With weights the policy must agree to them: a hypothesis is worth its
    score times the geometric mean of the weights around it times that of 1 - the weights inside, by length. Without,
    several ways of looking must: it is worth score * stability, as in `search_objects`. Where nobody looked in several
    ways half of all agree, so that half of what an object must be paid is what it must be worth, in any case.

    Args:
        sample: the image, with N superpixels and E edges.
        found: (N,) objects 1..n that are hypotheses in any case, 0 = background.
        score: gives every segment of a table its score in [0, 1], each by itself, see `search_objects`.
        weights: (E,) in (0, 1) of a policy, 1 = cut; or None.
        least: what a hypothesis is paid at least.
        shapes: names of descriptors that are to be measured.
        paid_found: (n,) what those that were found are paid with their final outlines, if that is known.
    """
    regions = sample.regions
    sure = _groups(found, found > 0)
    pools = [sure, candidates_of(regions, sample.guide, 0.0, AREA_LIMIT * regions.area.sum())]
    if weights is not None:
        pools += _of_policy(sample, weights)
    every = _different(_joined(pools), regions.num_nodes)  # the first of equal ones stays: those found
    certain = np.arange(every.count) < sure.count
    paid, agreed = _judged(every, regions, score, weights is None and regions.proposals is not None)
    if paid_found is not None:
        paid[: sure.count] = np.maximum(paid[: sure.count], paid_found)
    good = np.flatnonzero(certain | (paid >= least))
    worth = np.zeros(every.count)
    agreement = agreed[good] if weights is None else _agreement(every.only(good), regions, weights)
    worth[good] = paid[good] * agreement
    kept = _unlike(every, regions, worth, certain, good)
    every, worth = every.only(kept), worth[kept]
    names = sorted(set(shapes) - {"area"})
    area = every.total(regions.area)
    described = measured_in_parts(every, regions, lambda s: _columns(s, names))
    return Hypotheses(
        superpixels=sample.superpixels,
        segments=every,
        worth=worth,
        found=np.flatnonzero(kept < sure.count),
        area=area,
        centroid=np.stack([every.total(regions.moments[:, axis]) for axis in (0, 1)], axis=1) / area[:, None],
        shapes={"area": area} | {name: described[:, i] for i, name in enumerate(names)},
    )


def no_hypotheses(shape: tuple[int, ...], shapes: Collection[str] = ()) -> Hypotheses:
    """Those of an image with nothing on it. shape: its height and width; shapes: as in `hypotheses_of`."""
    none = np.zeros(0, np.int64)
    empty = np.zeros(0)
    return Hypotheses(
        superpixels=np.zeros(shape, np.int32),
        segments=CandidateSegments(np.zeros(1, np.int64), none),
        worth=empty,
        found=none,
        area=empty,
        centroid=np.zeros((0, 2)),
        shapes={"area": empty} | dict.fromkeys(shapes, empty),
    )


def measured_in_parts(
    segments: CandidateSegments, regions: RegionStatistics, judge: Callable[[Segments], Floats]
) -> Floats:
    """(C, D) what the judge gives each of C candidates; some at a time, for they overlap and need many tables.

    Args:
        segments: the candidates.
        regions: of the superpixels.
        judge: gives (M, D) numbers of the M segments of a table, one by one.
    """
    step = max(1, TABLE // (regions.num_nodes + regions.num_edges))  # no part needs more tables than it has candidates
    found = []
    for first in range(0, max(segments.count, 1), step):
        table, place = segments.only(np.arange(first, min(first + step, segments.count))).measured(regions)
        found.append(judge(table)[place])
    return np.concatenate(found)


def _judged(
    segments: CandidateSegments, regions: RegionStatistics, score: Callable[[Segments], Floats], looked: bool
) -> tuple[Floats, Floats]:
    """(C,) what each is paid, and (C,) its stability if several ways of looking tell it, else one half."""

    def judge(table: Segments) -> Floats:
        agreed = table.descriptor("stability") if looked else np.full(table.count, 0.5)
        return np.stack([score(table), agreed], axis=1)

    paid, agreed = measured_in_parts(segments, regions, judge).T
    return paid, agreed


def _agreement(segments: CandidateSegments, regions: RegionStatistics, weights: npt.NDArray[np.floating]) -> Floats:
    """(C,) in [0, 1], how far edge weights (E,) agree to a candidate: cut around it, and not inside it."""
    members = _members(segments, regions.num_nodes)
    one, other = (members[ends] for ends in regions.edge_index)
    inside = one.multiply(other).tocsr()
    around = one + other - 2 * inside
    length = regions.edge_length.astype(np.float64)
    clipped = np.clip(weights.astype(np.float64), CLIP, 1 - CLIP)
    logs = [
        (edges.T @ (length * np.log(odds))) / np.maximum(edges.T @ length, 1e-9)
        for edges, odds in ((around, clipped), (inside, 1 - clipped))
    ]
    return np.exp(logs[0] + logs[1])


def _columns(segments: Segments, names: Sequence[str]) -> Floats:
    """(M, D) the descriptors of these names."""
    return np.array([segments.descriptor(name) for name in names]).reshape(len(names), segments.count).T


def _of_policy(sample: Sample, weights: npt.NDArray[np.floating]) -> list[CandidateSegments]:
    """The nodes of the merge tree of edge weights, and the segments of multicuts at several levels."""
    regions = sample.regions
    limit = AREA_LIMIT * regions.area.sum()
    clipped = np.clip(weights, CLIP, 1 - CLIP).astype(np.float64)
    odds = clipped / (1 - clipped) * np.exp(np.array(LEVELS))[:, None]
    partitions = solve_multicut(regions.num_nodes, regions.edge_index, odds / (1 + odds))
    found = [candidates_of(regions, 1 - weights, 0.0, limit)]
    for partition in partitions:
        segments = _groups(partition, np.ones(len(partition), bool))
        found.append(segments.only(np.flatnonzero(segments.total(regions.area) <= limit)))
    return found


def _groups(labels: Ints, mask: npt.NDArray[np.bool_]) -> CandidateSegments:
    """The superpixels of each label, in ascending order, of those in the mask (N,)."""
    order = np.flatnonzero(mask)[np.argsort(labels[mask], kind="stable")]
    first = np.unique(labels[order], return_index=True)[1]
    return CandidateSegments(np.append(first, len(order)), order)


def _joined(pools: list[CandidateSegments]) -> CandidateSegments:
    sizes = np.concatenate([np.diff(pool.start) for pool in pools])
    return CandidateSegments(np.append(0, np.cumsum(sizes)), np.concatenate([pool.members for pool in pools]))


def _different(segments: CandidateSegments, count: int) -> CandidateSegments:
    """The first of all that have the same superpixels 0..count-1, told apart by sums of 64 random bits of each."""
    if not segments.count:
        return segments
    bits = np.random.default_rng(0).integers(0, 2**63, count)
    keys = np.add.reduceat(bits[segments.members], segments.start[:-1])
    return segments.only(np.sort(np.unique(keys, return_index=True)[1]))


def _unlike(
    segments: CandidateSegments,
    regions: RegionStatistics,
    worth: Floats,
    certain: npt.NDArray[np.bool_],
    among: Ints,
) -> Ints:
    """Which of some candidates stay, ascending: the certain ones, and from the best on what is unlike all before."""
    order = among[np.lexsort((-worth[among], ~certain[among]))]
    area = segments.total(regions.area)[order]
    members = _members(segments.only(order), regions.num_nodes)
    shared = (members.T @ (members * regions.area[:, None]).tocsr()).tocsr()
    dropped = np.zeros(len(order), bool)
    layers = np.zeros(regions.num_nodes, np.int64)
    some = segments.only(order)
    for one in range(len(order)):
        if dropped[one] and not certain[order[one]]:
            continue
        own = some.members[some.start[one] : some.start[one + 1]]
        if 2 * regions.area[own[layers[own] >= LAYERS]].sum() > area[one]:
            dropped[one] = True
            continue
        layers[own] += 1
        mine = slice(shared.indptr[one], shared.indptr[one + 1])
        other, both = shared.indices[mine], shared.data[mine]
        dropped[other[(both > ALIKE * (area[one] + area[other] - both)) & (other > one)]] = True
    return np.sort(order[~dropped | certain[order]])


def _members(segments: CandidateSegments, count: int) -> csr_array:
    """(count, C) 1 where a superpixel is in a candidate."""
    column = np.repeat(np.arange(segments.count), np.diff(segments.start))
    return csr_array((np.ones(len(column)), (segments.members, column)), shape=(count, segments.count))
