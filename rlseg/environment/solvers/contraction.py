"""Greedy contraction in compiled loops: many problems on one graph, at no higher cost where one node touches all."""

from __future__ import annotations

import heapq

import numpy as np

from rlseg.arrays import Floats, Ints
from rlseg.environment.solvers.base import Solver
from rlseg.environment.solvers.pairs import EMPTY, find_pair, new_pairs, remove_pair
from rlseg.jit import jit


class Contraction(Solver):
    """Contracts the most attractive edge until none attracts (Keuper et al. 2015).

    Each contraction goes through the neighbours of the node that has fewer, so that a problem takes O(E log E log N)
    even if one background touches everything; solvers that keep the neighbours of a node in order need O(N^2) then. Of
    equally attractive edges the one with the smaller number comes first.
    """

    kind = "contraction"

    def solve(self, num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
        """See `Solver.solve`."""
        # most edges are contracted, or gone, before their cost changes: these are sorted and need no heap
        # (ties are put in order later: a stable sort takes three times as long)
        order = np.argsort(-costs, axis=1)
        ends = np.ascontiguousarray(edge_index, dtype=np.int64)
        return np.asarray(_contract_all(num_nodes, ends, np.ascontiguousarray(costs, dtype=np.float64), order))


@jit
def _append(side: int, node: int, first: Ints, last: Ints, following: Ints) -> None:
    """Put the end of an edge behind those that a node has."""
    following[side] = -1
    if last[node] < 0:
        first[node] = side
    else:
        following[last[node]] = side
    last[node] = side


@jit
def _roots(parent: Ints) -> None:
    """Let every node of a forest point at the root of its tree."""
    for node in range(len(parent)):
        root = node
        while parent[root] != root:
            root = parent[root]
        while node != root:
            above = parent[node]
            parent[node] = root
            node = above


@jit
def _order_ties(costs: Floats, order: Ints) -> None:
    """Bring edges of one cost into the order of their numbers."""
    start = 0
    for i in range(1, len(order) + 1):
        if i == len(order) or costs[order[i]] != costs[order[start]]:
            if i - start > 1:
                order[start:i] = np.sort(order[start:i])
            start = i


@jit
def _contract_all(count: int, ends: Ints, costs: Floats, order: Ints) -> Ints:
    problems, edges = costs.shape
    # the edges of a node are a list: its first, and after each end of an edge the next (2 e for u[e], 2 e + 1 for v[e])
    first, last = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    degree = np.zeros(count, np.int32)
    following = np.full(2 * edges, -1, np.int32)
    pairs = new_pairs(edges)
    for e in range(edges):
        for end in range(2):
            _append(2 * e + end, ends[end, e], first, last, following)
            degree[ends[end, e]] += 1
        slot = find_pair(pairs, ends[0, e] * count + ends[1, e])
        pairs[slot, 0] = ends[0, e] * count + ends[1, e]
        pairs[slot, 1] = e
    labels = np.empty((problems, count), np.int64)
    for k in range(problems):
        _order_ties(costs[k], order[k])
        labels[k] = np.arange(count)
        lists = (first.copy(), last.copy(), following.copy(), degree.copy())
        _contract(ends.copy(), costs[k], order[k], lists, pairs.copy(), labels[k])
    return labels


@jit
def _contract(
    ends: Ints, given: Floats, order: Ints, lists: tuple[Ints, Ints, Ints, Ints], pairs: Ints, parent: Ints
) -> None:
    """One problem. `parent` (N,), 0..N-1 at first, becomes its labels; ends, lists and pairs are used up."""
    count, edges = len(parent), len(given)
    first, last, following, degree = lists
    cost = given.copy()
    alive = np.ones(edges, np.bool_)
    turn = 0  # in the order of the costs as given
    changed = [(np.inf, -1)]
    changed.clear()
    while True:
        while turn < edges and not (alive[order[turn]] and cost[order[turn]] == given[order[turn]]):
            turn += 1
        while changed and not (alive[changed[0][1]] and cost[changed[0][1]] == -changed[0][0]):
            heapq.heappop(changed)
        best = order[turn] if turn < edges else -1
        if changed and (best < 0 or changed[0] < (-cost[best], best)):
            best = changed[0][1]
        if best < 0 or cost[best] <= 0:
            break
        a, b = ends[0, best], ends[1, best]
        small, large = (a, b) if degree[a] < degree[b] else (b, a)
        parent[small] = large
        alive[best] = False
        remove_pair(pairs, min(small, large) * count + max(small, large))
        side = first[small]
        while side >= 0:
            after = following[side]
            e = side // 2
            if alive[e]:
                other = ends[1 - side % 2, e]
                remove_pair(pairs, min(small, other) * count + max(small, other))
                key = min(large, other) * count + max(large, other)
                slot = find_pair(pairs, key)
                if pairs[slot, 0] == EMPTY:
                    pairs[slot, 0] = key
                    pairs[slot, 1] = e
                    ends[side % 2, e] = large
                    _append(side, large, first, last, following)
                    degree[large] += 1
                else:
                    alive[e] = False
                    kept = pairs[slot, 1]
                    cost[kept] += cost[e]
                    if cost[kept] > 0:
                        heapq.heappush(changed, (-cost[kept], kept))
            side = after
    _roots(parent)
