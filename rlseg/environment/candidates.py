"""The segments that a search chooses from, as a list: nodes of the merge tree, and what is proposed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.environment.merge_tree import MergeTree
from rlseg.jit import jit
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments, proposed_regions


@dataclass(frozen=True)
class CandidateSegments:
    """C segments of N superpixels, which may overlap.

    Attributes:
        start: (C + 1,) int64; the superpixels of candidate c are members[start[c]:start[c + 1]].
        members: int64.
    """

    start: Ints
    members: Ints

    @property
    def count(self) -> int:
        """C."""
        return len(self.start) - 1

    def total(self, values: Floats) -> Floats:
        """(C,) sum of a quantity (N,) of the superpixels over each candidate."""
        if not self.count:
            return np.empty(0)
        return np.add.reduceat(values[self.members].astype(np.float64), self.start[:-1])

    def only(self, chosen: npt.NDArray[np.integer]) -> CandidateSegments:
        """Some of them. chosen: their numbers, in the order wanted."""
        size = np.diff(self.start)[chosen]
        first = np.repeat(self.start[:-1][chosen] - np.cumsum(size) + size, size)
        return CandidateSegments(np.append(0, np.cumsum(size)), self.members[first + np.arange(len(first))])

    def measured(self, regions: RegionStatistics) -> tuple[Segments, Ints]:
        """A table of segments with all candidates in it, and (C,) the segment that each is.

        Those that do not overlap share a partition; what is left of the image is one segment more in each.
        """
        row, rows = _rows(self.start, self.members, regions.num_nodes)
        labels = np.zeros((max(rows, 1), regions.num_nodes), np.int64)
        size = np.diff(self.start)
        # numbers below N, which `Segments` asks for: 1 + the place of the candidate in its row
        place = np.zeros(self.count, np.int64)
        for r in range(rows):
            place[row == r] = np.arange(1, np.count_nonzero(row == r) + 1)
        labels[np.repeat(row, size), self.members] = np.repeat(place, size)
        segments = Segments(regions, labels)
        return segments, segments.labels[row, self.members[self.start[:-1]]]


def candidates_of(
    regions: RegionStatistics, affinity: npt.NDArray[np.floating], least: float, most: float
) -> CandidateSegments:
    """All nodes of the merge tree and all proposals of some sizes.

    Args:
        regions: of the N superpixels and E edges.
        affinity: (E,) the tree merges the edge with the largest value first.
        least, most: px^2.
    """
    tree = MergeTree.of(regions, affinity, most)
    start, members = tree.leaves_of(np.flatnonzero((tree.area >= least) & (tree.area <= most)))
    if regions.proposals is not None:
        _, proposed, _, region = proposed_regions(regions)
        both = np.append(start, start[-1] + proposed[1:]), np.append(members, region)
        all_ = CandidateSegments(*both)
        area = all_.total(regions.area)
        return all_.only(np.flatnonzero((area >= least) & (area <= most)))
    return CandidateSegments(start, members)


@jit
def _rows(start: Ints, members: Ints, count: int) -> tuple[Ints, int]:
    """(C,) the partition that each candidate goes to, the first in which its superpixels are free; and how many."""
    candidates = len(start) - 1
    row = np.zeros(candidates, np.int64)
    taken = np.zeros((16, count), np.bool_)
    rows = 0
    for c in range(candidates):
        mine = members[start[c] : start[c + 1]]
        r = 0
        while r < rows:
            free = True
            for n in mine:
                if taken[r, n]:
                    free = False
                    break
            if free:
                break
            r += 1
        if r == len(taken):
            more = np.zeros((2 * len(taken), count), np.bool_)
            more[: len(taken)] = taken
            taken = more
        for n in mine:
            taken[r, n] = True
        row[c] = r
        rows = max(rows, r + 1)
    return row, rows
