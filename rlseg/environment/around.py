"""All candidates for the object at one place: what the search could have chosen there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.environment.merge_tree import MergeTree
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments, judge_proposals


@dataclass(frozen=True)
class Candidate:
    """A group of superpixels, and what it is worth.

    Attributes:
        superpixels: (n,) int64.
        values: (D,) what the judge gives it.
    """

    superpixels: Ints
    values: Floats


def candidates_at(
    regions: RegionStatistics,
    affinity: npt.NDArray[np.floating],
    superpixel: int,
    judge: Callable[[Segments], Floats],
    area_limit: float = 0.25,
) -> list[Candidate]:
    """The candidates of `search_objects` that hold one superpixel: nodes of its merge tree, and proposals.

    Args:
        regions: statistics of the N superpixels and E edges.
        affinity: (E,) the tree merges the edge with the largest value first.
        superpixel: 0..N-1.
        judge: gives (M, D) numbers of the M segments of a table, one by one: what lies around them in the table is no
            partition into objects.
        area_limit: share of the image above which nothing is a candidate; the superpixel itself is one in any case.
    """
    limit = area_limit * float(regions.area.sum())
    tree = MergeTree.of(regions, affinity, limit)
    judged = tree.judged(regions, judge)
    path, node = [superpixel], int(tree.parent[superpixel])
    while node >= 0 and tree.area[node] <= limit:
        path.append(node)
        node = int(tree.parent[node])
    nodes = np.array(path)
    start, members = tree.leaves_of(nodes)
    found = [Candidate(members[start[i] : start[i + 1]], judged[node]) for i, node in enumerate(nodes)]
    if regions.proposals is None:
        return found
    first, proposed, values = judge_proposals(regions, judge)
    for c in range(len(values)):
        mine = proposed[first[c] : first[c + 1]]
        if superpixel in mine and regions.area[mine].sum() <= limit:
            found.append(Candidate(mine, values[c]))
    return found
