"""What several ways of looking at an image propose, told to its superpixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyLabels, Bools, Floats, Ints
from rlseg.graph.unions import root_of
from rlseg.jit import jit
from rlseg.proposals import Proposals


@dataclass(frozen=True)
class ProposalCounts:
    """How many pixels of each superpixel lie in which segment of each view. Those of parts of an image add up.

    Attributes:
        views: V.
        view, superpixel, segment: (P,) whole numbers; segment 0 stands for none.
        pixels: (P,) whole numbers.
    """

    views: int
    view: AnyLabels
    superpixel: AnyLabels
    segment: AnyLabels
    pixels: AnyLabels

    @classmethod
    def of(cls, superpixels: AnyLabels, views: Iterable[tuple[int, AnyLabels]]) -> ProposalCounts:
        """Count.

        Args:
            superpixels: (H, W) ids >= 0.
            views: number 0..V-1 and (H, W) segments of each view, 0 = none.
        """
        ids = superpixels.ravel()
        start = np.concatenate([[0], np.cumsum(np.bincount(ids))])
        order = _by_superpixel(ids, start)
        parts, count = [], 0
        for view, labels in views:
            found = _count(order, start, labels.ravel(), int(labels.max(initial=0)) + 1)
            parts.append(np.concatenate([np.full((1, found.shape[1]), view), found]))
            count = max(count, view + 1)
        return cls(count, *np.concatenate([np.empty((4, 0), np.int64), *parts], axis=1))

    def moved(self, place: tuple[int, ...], part: tuple[int, ...], whole: tuple[int, ...]) -> ProposalCounts:
        """The counts of a part of an image with the segments in the numbers of the whole.

        Args:
            place: row and column of the part's first pixel in the whole; of a volume its plane first, as of all.
            part, whole: height and width of both.
        """
        inside = np.unravel_index(np.maximum(self.segment - 1, 0), part)
        moved = np.zeros_like(self.segment)
        for first, axis, length in zip(place, inside, whole, strict=True):
            moved = moved * length + first + axis
        return replace(self, segment=np.where(self.segment > 0, moved + 1, 0))

    def split(self, settled: Bools) -> tuple[ProposalCounts, ProposalCounts]:
        """The counts that other parts of the image may add to, and before them those that nothing is added to.

        Of the latter only what most pixels lie in is kept, for most of what is known of the parts of a large image is
        about superpixels that lie wholly in one.

        Args:
            settled: (n,) which superpixels lie wholly in this part.
        """
        mine = settled[self.superpixel]
        # as they were counted: by view, and in each by superpixel
        won = mine & _winners(self.view, self.superpixel, self.segment, self.pixels) & (self.segment > 0)
        return self._some(won), self._some(~mine)

    def _some(self, chosen: Bools) -> ProposalCounts:
        """As small as they can be: of a large volume there are tens of millions."""
        parts = (part[chosen] for part in (self.view, self.superpixel, self.segment, self.pixels))
        return ProposalCounts(self.views, *(part.astype(_least_type(part)) for part in parts))

    def renamed(self, numbers: AnyLabels) -> ProposalCounts:
        """With other numbers for the superpixels. numbers: (n,) the new one of each."""
        return replace(self, superpixel=numbers[self.superpixel])

    @classmethod
    def added(cls, parts: Iterable[ProposalCounts]) -> ProposalCounts:
        """The counts of the parts of an image as those of the whole."""
        found, views = [np.empty((4, 0), np.int64)], 0
        for part in parts:
            found.append(np.stack([part.view, part.superpixel, part.segment, part.pixels], dtype=np.int64))
            views = max(views, part.views)
        rows = np.concatenate(found, axis=1)
        del found
        # not one number for all three, which could be too large
        rows = rows[:, np.lexsort(rows[2::-1])]
        new = np.ones(rows.shape[1], np.bool_)
        new[1:] = (rows[:3, 1:] != rows[:3, :-1]).any(axis=0)
        first = np.flatnonzero(new)
        pixels = np.add.reduceat(rows[3], first) if len(first) else rows[3]
        view, superpixel, segment = rows[:3, first]
        return cls(views, view, superpixel, segment, pixels)

    def by_majority(self, area: Floats, edge_index: Ints, won: Iterable[ProposalCounts] = ()) -> Proposals:
        """Each superpixel in the segment of each view that most of its pixels lie in, if any; of equals the first.

        What does not touch is not one segment: where such superpixels do not hang together, each piece is one.

        Args:
            area: (N,) pixels of the superpixels.
            edge_index: (2, E) which of them touch.
            won: of superpixels that these counts are not about, what most of their pixels lie in, see `split`; in no
                other views.
        """
        # of a large volume this table is hundreds of megabytes
        labels = np.zeros((self.views, len(area)), np.promote_types(np.int32, _least_type(self.segment)))
        _elect(self.view, self.superpixel, self.segment, self.pixels, labels)
        for part in won:  # each is let go of when it is told
            labels = labels.astype(np.promote_types(labels.dtype, _least_type(part.segment)), copy=False)
            labels[part.view, part.superpixel] = part.segment
        _number_pieces(labels, edge_index)
        return Proposals.of_regions(labels, area)


def with_proposals(
    nodes: npt.NDArray[np.float32],
    edges: npt.NDArray[np.float32],
    proposals: Proposals,
    area: Floats,
    edge_index: Ints,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Features with one column more for superpixels and three more for edges: shares of the views, in [0, 1].

    In how many a superpixel lies in a segment; in how many the two ends of an edge lie in one segment, in two, and one
    of them in none.

    Args:
        nodes: (N, Dn), edges: (E, De) the other features.
        proposals: of the N superpixels.
        area: (N,) their pixels.
        edge_index: (2, E).
    """
    labels = proposals.labels(area)
    of_nodes = (labels >= 0).mean(axis=0)[:, None]
    return np.hstack([nodes, of_nodes.astype(np.float32)]), edges_with_proposals(edges, labels, edge_index)


def edges_with_proposals(edges: npt.NDArray[np.float32], labels: Ints, edge_index: Ints) -> npt.NDArray[np.float32]:
    """The features of edges alone, see `with_proposals`. labels: (V, N) of `Proposals.labels`."""
    of_edges = _agreements(labels, edge_index) / len(labels)
    return np.hstack([edges, of_edges.astype(np.float32)])


def _least_type(numbers: AnyLabels) -> np.dtype[np.signedinteger]:
    """The smallest type of whole numbers that holds these, which are >= 0."""
    return np.min_scalar_type(-1 - int(numbers.max(initial=0)))


@jit
def _winners(view: Ints, superpixel: Ints, segment: Ints, pixels: Ints) -> Bools:
    """(P,) which of the entries of one view and superpixel, which follow each other, has most pixels; of equals that
    of the smallest segment."""
    found = np.zeros(len(view), np.bool_)
    best = 0
    for i in range(len(view)):
        if view[i] != view[best] or superpixel[i] != superpixel[best]:
            best = i
        elif pixels[i] > pixels[best] or (pixels[i] == pixels[best] and segment[i] < segment[best]):
            found[best] = False
            best = i
        found[best] = True
    return found


@jit
def _elect(view: Ints, superpixel: Ints, segment: Ints, pixels: Ints, labels: AnyLabels) -> None:
    """Fill `labels` (V, N) with the segment that has the most pixels, the smallest of equals."""
    most = np.zeros_like(labels)
    for i in range(len(view)):
        v, n = view[i], superpixel[i]
        if pixels[i] > most[v, n] or (pixels[i] == most[v, n] and segment[i] < labels[v, n]):
            most[v, n] = pixels[i]
            labels[v, n] = segment[i]


@jit
def _number_pieces(labels: AnyLabels, edge_index: AnyLabels) -> None:
    """Make of the segments (V, N) numbers > 0, one for each piece of those of each view that hangs together."""
    views, count = labels.shape
    parent = np.empty(count, np.int64)
    pieces = 0
    for v in range(views):
        for n in range(count):
            parent[n] = n
        for e in range(edge_index.shape[1]):
            a, b = edge_index[0, e], edge_index[1, e]
            if labels[v, a] > 0 and labels[v, a] == labels[v, b]:
                a, b = root_of(parent, a), root_of(parent, b)
                # the first of a piece is its root, so that pieces are numbered as they begin
                parent[max(a, b)] = min(a, b)
        for n in range(count):
            if labels[v, n] == 0:
                continue
            root = root_of(parent, n)
            if root == n:
                pieces += 1
                labels[v, n] = pieces
            else:
                labels[v, n] = labels[v, root]


@jit
def _agreements(labels: Ints, edge_index: AnyLabels) -> Ints:
    """(E, 3) in how many views both ends of an edge lie in one segment, in two, and one of them in none.

    labels: (V, N), -1 = in none; edge_index: (2, E).
    """
    found = np.zeros((edge_index.shape[1], 3), np.int64)
    for v in range(len(labels)):
        for e in range(len(found)):
            a, b = labels[v, edge_index[0, e]], labels[v, edge_index[1, e]]
            if a >= 0 and b >= 0:
                found[e, 0 if a == b else 1] += 1
            elif a >= 0 or b >= 0:
                found[e, 2] += 1
    return found


@jit
def _by_superpixel(ids: AnyLabels, start: Ints) -> Ints:
    """(P,) pixels in the order of their superpixels, of which superpixel n has those at start[n]:start[n + 1]."""
    order = np.empty(len(ids), np.int64)
    place = start.copy()
    for p in range(len(ids)):
        order[place[ids[p]]] = p
        place[ids[p]] += 1
    return order


@jit
def _count(order: Ints, start: Ints, segments: AnyLabels, width: int) -> Ints:
    """(3, P) superpixel, segment and number of their common pixels. Superpixel n has pixels order[start[n]:...]."""
    total = np.zeros(width, np.int64)
    found = np.empty((3, len(order)), np.int64)
    pairs = 0
    for n in range(len(start) - 1):
        first = pairs
        for p in order[start[n] : start[n + 1]]:
            segment = segments[p]
            if total[segment] == 0:
                found[0, pairs] = n
                found[1, pairs] = segment
                pairs += 1
            total[segment] += 1
        for i in range(first, pairs):
            found[2, i] = total[found[1, i]]
            total[found[1, i]] = 0
    return found[:, :pairs].copy()
