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
def _single_linkage(edge_index: Ints, order: Ints, area: Floats, limit: float) -> tuple[Ints, Ints, Ints]:
    """Kruskal's algorithm without merges above the area limit.

    Returns the two children (T, 2) of the T merges, which are tree nodes N..N+T-1, the parent (N + T,) of every
    tree node (-1 for roots) and its depth (0 for roots).
    """
    count = len(area)
    top = np.arange(2 * count)
    size = np.zeros(2 * count)
    size[:count] = area
    node = np.arange(2 * count)
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
        new = count + merges
        children[merges, 0] = node[a]
        children[merges, 1] = node[b]
        top[b] = a
        node[a] = new
        size[a] += size[b]
        merges += 1
    parent = np.full(count + merges, -1, np.int64)
    depth = np.zeros(count + merges, np.int64)
    for m in range(merges - 1, -1, -1):
        for side in range(2):
            child = children[m, side]
            parent[child] = count + m
            depth[child] = depth[count + m] + 1
    return children[:merges].copy(), parent, depth


@jit
def _layers(parent: Ints, depth: Ints, leaves: int) -> Ints:
    """Partition d (row) holds the tree nodes of depth d, and the leaves above it: (D, N) tree node of each leaf."""
    levels = depth.max() + 1
    rows = np.empty((levels, leaves), np.int64)
    for n in range(leaves):
        node = n
        for level in range(levels - 1, -1, -1):
            while depth[node] > level:
                node = parent[node]
            rows[level, n] = node
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

    Exact for the tree, O(N) after the scores. Every node of the tree is a candidate, single superpixels included.

    Args:
        regions: statistics of the N superpixels and E edges.
        affinity: (E,) merge the edge with the largest value first.
        score: gives every segment of a table its score in [0, 1].
        threshold: objects scoring less are never chosen.
        area_limit: share of the image above which nothing is a candidate.
    """
    leaves = regions.num_nodes
    order = np.argsort(-np.asarray(affinity, dtype=np.float64), kind="stable")
    limit = area_limit * float(regions.area.sum())
    children, parent, depth = _single_linkage(regions.edge_index, order, regions.area, limit)
    rows = _layers(parent, depth, leaves)
    segments = Segments(regions, rows)
    scores = np.zeros(len(parent))
    area = np.zeros(len(parent))
    measured = score(segments)
    scores[rows.ravel()] = measured[segments.labels.ravel()]
    area[rows.ravel()] = segments.descriptor("area")[segments.labels.ravel()]
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
