"""Greedy additive edge contraction for large graphs with nodes that touch very many others."""

from __future__ import annotations

import heapq

import numpy as np
from numba import types
from numba.typed import Dict

from rlseg.jit import jit
from rlseg.regions import Floats, Ints


def contract_greedily(num_nodes: int, edge_index: Ints, costs: Floats) -> Ints:
    """Contract the most attractive edge until none attracts (Keuper et al. 2015).

    Each contraction goes through the neighbours of the node that has fewer, so that the whole takes O(E log E log N)
    even if one background touches everything; a solver that keeps the neighbours of a node in order needs O(N^2) then.

    Args:
        num_nodes: N.
        edge_index: (2, E) int64, u < v, each pair once.
        costs: (E,), positive attracts.

    Returns:
        (N,) int64 labels in 0..N-1. Of equally attractive edges the one with the smaller number comes first.
    """
    return np.asarray(_contract(num_nodes, np.ascontiguousarray(edge_index), costs.astype(np.float64)))


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
def _roots(parent: Ints) -> Ints:
    """Let every node of a forest point at the root of its tree."""
    for node in range(len(parent)):
        root = node
        while parent[root] != root:
            root = parent[root]
        while node != root:
            above = parent[node]
            parent[node] = root
            node = above
    return parent


@jit
def _contract(count: int, ends: Ints, costs: Floats) -> Ints:
    edges = ends.shape[1]
    cost = costs.copy()
    alive = np.ones(edges, np.bool_)
    u, v = ends[0].copy(), ends[1].copy()
    # the edges of a node are a list: its first, and after each end of an edge the next (2 e for u[e], 2 e + 1 for v[e])
    first, last = np.full(count, -1), np.full(count, -1)
    degree = np.zeros(count, np.int64)
    following = np.full(2 * edges, -1)
    number = Dict.empty(types.int64, types.int64)
    heap = [(np.inf, -1)]
    for e in range(edges):
        number[u[e] * count + v[e]] = e
        for side, node in ((2 * e, u[e]), (2 * e + 1, v[e])):
            _append(side, node, first, last, following)
            degree[node] += 1
        if cost[e] > 0:
            heap.append((-cost[e], e))
    heapq.heapify(heap)
    parent = np.arange(count)
    while heap:
        attraction, e = heapq.heappop(heap)
        if e < 0 or not alive[e] or cost[e] != -attraction:
            continue
        alive[e] = False
        small, large = (u[e], v[e]) if degree[u[e]] < degree[v[e]] else (v[e], u[e])
        parent[small] = large
        side = first[small]
        while side >= 0:
            after = following[side]
            f = side // 2
            if alive[f]:
                other = v[f] if u[f] == small else u[f]
                key = min(large, other) * count + max(large, other)
                if key in number and alive[number[key]]:
                    kept = number[key]
                    alive[f] = False
                    cost[kept] += cost[f]
                    if cost[kept] > 0:
                        heapq.heappush(heap, (-cost[kept], kept))
                else:
                    number[key] = f
                    if u[f] == small:
                        u[f] = large
                    else:
                        v[f] = large
                    _append(side, large, first, last, following)
                    degree[large] += 1
            side = after
    return _roots(parent)
