"""Sub-graphs over which rewards are averaged (Algorithm 1 of Hilt et al. 2021)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints
from rlseg.graph.dense_subgraphs import cover_densely
from rlseg.jit import jit


@jit
def _adjacency(edge_index: Ints, nodes: int) -> tuple[Ints, Ints]:
    """Edges at each node in compressed rows: start (N + 1,), edges (2 E,)."""
    start = np.zeros(nodes + 1, np.int64)
    for e in range(edge_index.shape[1]):
        start[edge_index[0, e] + 1] += 1
        start[edge_index[1, e] + 1] += 1
    for n in range(nodes):
        start[n + 1] += start[n]
    fill = start[:-1].copy()
    incident = np.empty(2 * edge_index.shape[1], np.int64)
    for e in range(edge_index.shape[1]):
        for end in range(2):
            n = edge_index[end, e]
            incident[fill[n]] = e
            fill[n] += 1
    return start, incident


@jit
def _grow(edge_index: Ints, start: Ints, incident: Ints, order: Ints, size: int) -> Ints:
    """Cover the edges in the given order by connected sets of `size` edges; returns them one after the other."""
    count = edge_index.shape[1]
    nodes = len(start) - 1
    covered = np.zeros(count, np.bool_)
    taken = np.full(count, -1, np.int64)  # number of the sub-graph that last took the edge
    seen = np.full(nodes, -1, np.int64)
    result = np.empty(count * size, np.int64)
    used = 0
    queue = np.empty(nodes, np.int64)
    uncovered = start[:-1].copy()  # place of the first edge at each node that may be uncovered
    for attempt in range(count):
        seed = order[attempt]
        if covered[seed]:
            continue
        head = 0
        tail = 0
        found = 0
        members = result[used : used + size]
        members[0] = seed
        taken[seed] = attempt
        found = 1
        for end in range(2):
            n = edge_index[end, seed]
            seen[n] = attempt
            queue[tail] = n
            tail += 1
        # breadth first around the seed; at each node the uncovered edges first, so that few sub-graphs are needed
        while head < tail and found < size:
            n = queue[head]
            head += 1
            for wanted in range(2):
                begin = start[n]
                if wanted == 0:
                    # covered edges stay covered: without this a node that touches everything would cost O(E) each time
                    while uncovered[n] < start[n + 1] and covered[incident[uncovered[n]]]:
                        uncovered[n] += 1
                    begin = uncovered[n]
                for i in range(begin, start[n + 1]):
                    e = incident[i]
                    if taken[e] == attempt or covered[e] == (wanted == 0):
                        continue
                    if found == size:
                        break
                    taken[e] = attempt
                    members[found] = e
                    found += 1
                    other = edge_index[0, e] + edge_index[1, e] - n
                    if seen[other] != attempt:
                        seen[other] = attempt
                        queue[tail] = other
                        tail += 1
        if found == size:
            for i in range(size):
                covered[members[i]] = True
            used += size
    return result[:used].copy()


def extract_subgraphs(
    edge_index: Ints, num_nodes: int, sizes: Iterable[int], seed: int = 0, overlap: int = 0
) -> dict[int, npt.NDArray[np.int64]]:
    """Connected sub-graphs of exactly k edges that together cover every edge they can (Algorithm 1).

    Each begins with an edge, these in random order. With overlap 0 it grows breadth-first around one that no earlier
    one covers, by such edges where there are any, so that there are few and they share little. With overlap n it
    grows densely, whatever others hold, until every edge lies in n of them, see `cover_densely`. An edge stays
    uncovered only if its connected component has fewer than k edges.

    Args:
        edge_index: (2, E) int64.
        num_nodes: N.
        sizes: the numbers of edges k.
        seed: makes the order of the first edges reproducible.
        overlap: 0, or the n above; the sub-graphs of a smaller n > 0 are the first of those of a larger one.

    Returns:
        For each k, (S_k, k) int64 edge numbers; S_k is 0 where no component has k edges.
    """
    start, incident = _adjacency(edge_index, num_nodes)
    rng = np.random.default_rng(seed)
    orders = np.array([rng.permutation(edge_index.shape[1]) for _ in range(max(overlap, 1))])
    wanted = sorted(set(sizes))
    if overlap:
        return {size: cover_densely(edge_index, start, incident, orders, size) for size in wanted}
    return {size: _grow(edge_index, start, incident, orders[0], size).reshape(-1, size) for size in wanted}
