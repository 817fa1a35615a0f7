"""The best-paid set of objects among the nodes of a merge tree, found without learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.jit import jit
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import Segments

# superpixels and edges of all partitions that are looked at at once: some 100 MB
TABLE = 2**22


@dataclass(frozen=True)
class Selection:
    """Objects chosen from a merge tree.

    Attributes:
        labels: (N,) int64, the chosen tree node each superpixel lies in, or a number of its own (0..N-1) if in none.
        chosen: (N,) bool, True for superpixels inside a chosen object.
        score: (N,) the chosen object's score, 0 elsewhere.
    """

    labels: Ints
    chosen: npt.NDArray[np.bool_]
    score: Floats


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
        a = edge_index[0, e]
        while top[a] != a:
            top[a] = top[top[a]]
            a = top[a]
        b = edge_index[1, e]
        while top[b] != b:
            top[b] = top[top[b]]
            b = top[b]
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
def _best_cut(children: Ints, leaves: int, value: Floats) -> npt.NDArray[np.bool_]:
    """Which tree nodes to choose so that the values of non-overlapping nodes sum to the most (dynamic programming)."""
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


def search_objects(
    regions: RegionStatistics,
    affinity: npt.NDArray[np.floating],
    score: Callable[[Segments], Floats],
    threshold: float = 0.3,
    area_limit: float = 0.25,
) -> Selection:
    """Choose the non-overlapping nodes of a single-linkage merge tree that maximise sum area * (score - threshold).

    Exact for the tree, O(N) after the scores. Every node of the tree is a candidate, single superpixels included, and
    each is scored once, beside the other nodes of its height.

    Args:
        regions: statistics of the N superpixels and E edges.
        affinity: (E,) merge the edge with the largest value first.
        score: gives every segment of a table its score in [0, 1]. It must judge segments one by one, for what lies
            around them in the table is no partition into objects, see `Reward.of_single_segments`.
        threshold: objects scoring less are never chosen.
        area_limit: share of the image above which nothing is a candidate.
    """
    leaves = regions.num_nodes
    order = np.argsort(-np.asarray(affinity, dtype=np.float64), kind="stable")
    limit = area_limit * float(regions.area.sum())
    children = _single_linkage(regions.edge_index, order, regions.area, limit)
    parent, height, first, area = _describe(children, regions.area)
    scores = _score_nodes(regions, score, parent, height, first)
    value = np.where(area > limit, 0.0, area * (scores - threshold))
    take = _best_cut(children, leaves, value)
    owner = np.where(take, np.arange(len(parent)), -1)
    for node in range(len(parent) - 1, -1, -1):
        if owner[node] < 0 and parent[node] >= 0:
            owner[node] = owner[parent[node]]
    chosen = owner[:leaves] >= 0
    labels = np.where(chosen, owner[:leaves], np.arange(leaves))
    return Selection(
        labels=np.unique(labels, return_inverse=True)[1],
        chosen=chosen,
        score=np.where(chosen, scores[np.maximum(owner[:leaves], 0)], 0.0),
    )


def _score_nodes(
    regions: RegionStatistics, score: Callable[[Segments], Floats], parent: Ints, height: Ints, first: Ints
) -> Floats:
    """(N + T,) score of each node. Nodes of one height do not overlap: there are as many partitions as heights."""
    scores = np.empty(len(parent))
    place = np.arange(regions.num_nodes)
    by_height = np.argsort(height, kind="stable")
    start = np.searchsorted(height[by_height], np.arange(height.max() + 2))
    step = max(1, TABLE // (regions.num_nodes + regions.num_edges))
    for low in range(0, len(start) - 1, step):
        high = min(low + step, len(start) - 1)
        segments = Segments(regions, _rows(parent, height, first, place, low, high))
        nodes = by_height[start[low] : start[high]]
        scores[nodes] = score(segments)[segments.labels[height[nodes] - low, first[nodes]]]
    return scores
