"""Merge trees of superpixels: every node is a candidate for an object, and each is judged once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.graph import root_of
from rlseg.jit import jit
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments

# superpixels and edges of all partitions that are looked at at once: some 100 MB
TABLE = 2**22


@jit
def _single_linkage(edge_index: Ints, order: Ints, area: Floats, limit: float) -> Ints:
    """Kruskal's algorithm without merges above the area limit: the two children (T, 2) of the tree nodes N..N+T-1."""
    count = len(area)
    top = np.arange(count)
    size = area.copy()
    node = np.arange(count)
    children = np.empty((count, 2), np.int64)
    merges = 0
    for i in range(len(order)):
        e = order[i]
        a, b = root_of(top, edge_index[0, e]), root_of(top, edge_index[1, e])
        if a == b or size[a] + size[b] > limit:
            continue
        children[merges, 0] = node[a]
        children[merges, 1] = node[b]
        top[b] = a
        node[a] = count + merges
        size[a] += size[b]
        merges += 1
    return children[:merges].copy()


@jit
def _describe(children: Ints, area: Floats) -> tuple[Ints, Ints, Ints, Floats]:
    """Parent (-1 for roots), height (0 for leaves), smallest leaf and area of the N + T nodes of a merge tree."""
    leaves = len(area)
    total = leaves + len(children)
    parent = np.full(total, -1, np.int64)
    height = np.zeros(total, np.int64)
    first = np.arange(total)
    areas = np.zeros(total)
    areas[:leaves] = area
    for m in range(len(children)):
        a, b = children[m, 0], children[m, 1]
        node = leaves + m
        parent[a] = node
        parent[b] = node
        height[node] = max(height[a], height[b]) + 1
        first[node] = min(first[a], first[b])
        areas[node] = areas[a] + areas[b]
    return parent, height, first, areas


@jit
def _rows(parent: Ints, height: Ints, first: Ints, place: Ints, low: int, high: int) -> Ints:
    """Partitions low..high-1, (high - low, N): number h holds the nodes of height h, and all else as one segment.

    A segment is called by its smallest leaf. place: (N,) the highest node below `low` above each leaf; moved on.
    """
    leaves = len(place)
    rows = np.full((high - low, leaves), -1)
    for n in range(leaves):
        node = place[n]
        while node >= 0 and height[node] < high:
            if height[node] >= low:
                rows[height[node] - low, n] = first[node]
            place[n] = node
            node = parent[node]
    for k in range(high - low):
        rest = -1
        for n in range(leaves):
            if rows[k, n] < 0:
                rest = n if rest < 0 else rest
                rows[k, n] = rest
    return rows


@jit
def best_cut(children: Ints, leaves: int, value: Floats) -> npt.NDArray[np.bool_]:
    """Which tree nodes to choose so that the values of non-overlapping nodes sum to the most (dynamic programming).

    Args:
        children: (T, 2) of the nodes N..N+T-1.
        leaves: N.
        value: (N + T,).

    Returns:
        (N + T,) True for the nodes that are chosen.
    """
    total = len(value)
    best = np.maximum(value, 0.0)
    take = value > 0
    for m in range(len(children)):
        below = best[children[m, 0]] + best[children[m, 1]]
        node = leaves + m
        if value[node] > below:
            best[node] = value[node]
        else:
            best[node] = below
            take[node] = False
    for node in range(total - 1, leaves - 1, -1):
        if take[node]:
            stack = [children[node - leaves, 0], children[node - leaves, 1]]
            while len(stack) > 0:
                below_node = stack.pop()
                take[below_node] = False
                if below_node >= leaves:
                    stack.append(children[below_node - leaves, 0])
                    stack.append(children[below_node - leaves, 1])
    return take


@dataclass(frozen=True)
class MergeTree:
    """Single linkage of the N superpixels of an image: T nodes more, each the union of two.

    Attributes:
        children: (T, 2) of the nodes N..N+T-1.
        parent: (N + T,) -1 for roots.
        height: (N + T,) 0 for superpixels, else one more than that of the higher child.
        first: (N + T,) the smallest superpixel of each.
        area: (N + T,) pixels.
    """

    children: Ints
    parent: Ints
    height: Ints
    first: Ints
    area: Floats

    @classmethod
    def of(cls, regions: RegionStatistics, affinity: npt.NDArray[np.floating], limit: float) -> MergeTree:
        """Join the edge with the largest affinity first, and nothing to more than `limit` pixels. affinity: (E,)."""
        order = np.argsort(-np.asarray(affinity, dtype=np.float64), kind="stable")
        children = _single_linkage(regions.edge_index, order, regions.area, limit)
        return cls(children, *_describe(children, regions.area))

    def judged(self, regions: RegionStatistics, judge: Callable[[Segments], Floats]) -> Floats:
        """What each node is worth, as a segment among others of its height: (N + T, D).

        Nodes of one height do not overlap, so that there are as many partitions as heights.

        Args:
            regions: of the superpixels.
            judge: gives (M, D) numbers of the M segments of a table, one by one: what lies around them in the table is
                no partition into objects.
        """
        found: Floats | None = None
        place = np.arange(regions.num_nodes)
        by_height = np.argsort(self.height, kind="stable")
        start = np.searchsorted(self.height[by_height], np.arange(self.height.max() + 2))
        step = max(1, TABLE // (regions.num_nodes + regions.num_edges))
        for low in range(0, len(start) - 1, step):
            high = min(low + step, len(start) - 1)
            segments = Segments(regions, _rows(self.parent, self.height, self.first, place, low, high))
            nodes = by_height[start[low] : start[high]]
            values = judge(segments)
            found = np.empty((len(self.parent), values.shape[1])) if found is None else found
            found[nodes] = values[segments.labels[self.height[nodes] - low, self.first[nodes]]]
        assert found is not None
        return found

    def leaves_of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """(n + 1,) where the superpixels of each node begin, and the superpixels themselves."""
        count = len(self.parent) - len(self.children)
        size = np.append(np.ones(count, np.int64), np.zeros(len(self.children), np.int64))
        for m, (a, b) in enumerate(self.children):
            size[count + m] = size[a] + size[b]
        place = np.zeros(len(size), np.int64)
        roots = np.flatnonzero(self.parent < 0)
        place[roots] = np.cumsum(size[roots]) - size[roots]
        for m in range(len(self.children) - 1, -1, -1):
            a, b = self.children[m]
            place[a] = place[count + m]
            place[b] = place[count + m] + size[a]
        order = np.empty(count, np.int64)
        order[place[:count]] = np.arange(count)
        start = np.append(0, np.cumsum(size[nodes]))
        if not len(nodes):
            return start, np.empty(0, np.int64)
        return start, np.concatenate([order[place[n] : place[n] + size[n]] for n in nodes])
