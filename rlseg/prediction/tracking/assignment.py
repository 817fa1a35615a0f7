"""The best set of links and divisions between two frames: no object is in two of them."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from rlseg.arrays import Floats, Ints
from rlseg.errors import RlsegError
from rlseg.prediction.tracking.program import solve_program
from rlseg.rewards.film import Candidates

MOST = 1_000_000
"""Links and divisions that compete with each other, where something may divide."""
_LEAST = 1e-6
"""What a link gains at least: of two choices of equal gain, the one that links more."""


def choose(found: Candidates, count: tuple[int, int], min_score: float) -> tuple[Ints, Ints]:
    """Choose links and divisions, see `rlseg.rewards.Tracks` for what is made largest.

    Objects that compete with each other are settled group by group: as an assignment where nothing may divide, as a
    small integer program where something may.

    Args:
        found: candidates.
        count: how many objects there are before and after.
        min_score: of the rules, in (0, 1].

    Returns:
        Indices of the chosen ones among the links, and among the divisions; ascending.

    Raises:
        RlsegError: so many compete with each other that no program would end.
    """
    links, divisions = len(found.links), len(found.divisions)
    if not links + divisions:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    lowest = np.log(min_score)
    gain = np.append(
        np.log(found.link_scores) - lowest + _LEAST, np.log(found.division_scores) - 1.5 * lowest + 2 * _LEAST
    )
    objects = np.concatenate([found.links.ravel(), found.divisions.ravel()])
    after = np.concatenate([np.tile([0, 1], links), np.tile([0, 1, 1], divisions)])
    objects = objects + after * count[0]
    candidate = np.repeat(np.arange(links + divisions), np.repeat([2, 3], [links, divisions]))
    every_object, every = sum(count), links + divisions
    uses = csr_array((np.ones(len(objects)), (objects, candidate)), shape=(every_object, every))
    # candidates hang together through objects: which of them compete need not be written down
    both = csr_array((np.ones(len(objects)), (objects, every_object + candidate)), shape=(every_object + every,) * 2)
    group = np.unique(connected_components(both, directed=False)[1][every_object:], return_inverse=True)[1]
    most = int(np.bincount(group).max())
    if most > MOST and divisions:
        raise RlsegError(
            f"{most} links and divisions between two frames compete with each other, at most {MOST} are weighed",
            "are these labels of objects, not intensities? Else lower reach, or raise min_score, under tracks",
        )
    chosen = [_settled(np.flatnonzero(group == one), found, gain, uses) for one in range(group.max() + 1)]
    best = np.sort(np.concatenate(chosen))
    return best[best < links], best[best >= links] - links


def _settled(members: Ints, found: Candidates, gain: Floats, uses: csr_array) -> Ints:
    """The best of some candidates that compete with each other alone."""
    if len(members) == 1:
        return members
    if members[-1] < len(found.links):
        return _assigned(members, found.links[members], gain[members])
    limits = uses[:, members]
    limits = limits[np.diff(limits.indptr) > 0]
    solved = solve_program(gain[members], limits, np.ones(limits.shape[0]), Bounds(0, 1))
    return members[np.rint(solved.x).astype(bool)]


def _assigned(members: Ints, links: Ints, gain: Floats) -> Ints:
    rows, row = np.unique(links[:, 0], return_inverse=True)
    columns, column = np.unique(links[:, 1], return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    number = np.full(table.shape, -1)
    table[row, column], number[row, column] = gain, members
    taken = number[linear_sum_assignment(table, maximize=True)]
    return np.sort(taken[taken >= 0])
