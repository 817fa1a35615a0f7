"""Sub-graphs that overlap: each grows densely, whatever others hold (section 3.2 of Hilt et al. 2021)."""

from __future__ import annotations

from rlseg.arrays import Ints, np
from rlseg.jit import compiled

# of the edges at one node only so many more than a sub-graph has are looked at
_MORE = 64


@compiled
def cover_densely(edge_index: Ints, start: Ints, incident: Ints, orders: Ints, size: int) -> Ints:
    """Grow connected sets of `size` edges until every edge lies in as many of them as there are orders.

    In round r = 1, 2, ... the edges take their turns as seeds in the r-th order, but for those that lie in r sets by
    then. A set that has been found before is left out, so some edges may end with fewer: the last edge of a path lies
    in one set of each size. The sets of fewer rounds are the first of those of more.

    Args:
        edge_index: (2, E).
        start, incident: the edges at each node in compressed rows, (N + 1,) and (2 E,).
        orders: (R, E) permutations of the edges.
        size: k.

    Returns:
        (S, k) edge numbers; no edge of a component with fewer than k edges is among them.
    """
    rounds, count = orders.shape
    times = np.zeros(count, np.int64)  # the number of sets that hold an edge
    holders = np.empty((count, rounds), np.int64)  # the first of them
    of_edges, of_nodes = np.full((2, count), -1, np.int64), np.full((5, len(start) - 1), -1, np.int64)
    result = np.empty((count // size + 16, size), np.int64)
    used = 0
    for attempt in range(rounds * count):
        seed = orders[attempt // count, attempt % count]
        if times[seed] > attempt // count:
            continue
        if used == len(result):
            longer = np.empty((2 * used, size), np.int64)
            longer[:used] = result
            result = longer
        members = result[used]
        found = _grow(seed, attempt, edge_index, start, incident, of_edges, of_nodes, members)
        if found < size:  # these are all the edges of a component
            for e in members[:found]:
                times[e] = rounds
        elif not _known(result, holders[seed, : times[seed]], of_edges[0], attempt):
            for e in members:
                if times[e] < rounds:
                    holders[e, times[e]] = used
                times[e] += 1
            used += 1
    return result[:used].copy()


@compiled
def _grow(
    seed: int, attempt: int, ends: Ints, start: Ints, incident: Ints, of_edges: Ints, of_nodes: Ints, members: Ints
) -> int:
    """Fill `members` with edges around a seed; returns how many there are.

    Next comes the node that most edges join with those inside, of equals the one that was touched first, and all these
    edges with it: triangles are closed as soon as they can be. From the second round on the first node to come is any
    of those that are touched: around an edge there are few dense sets, and they are found by then.
    """
    taken, previous = of_edges[0], of_edges[1]  # the attempt that last took an edge; links of the chains below
    inside, touched = of_nodes[0], of_nodes[1]  # the attempts that last took in and touched a node
    touches, last = of_nodes[2], of_nodes[3]  # number and chain (-1 ends it) of the edges that join it with the inside
    waiting, queued, entered = of_nodes[4], 0, 0  # the nodes that are touched and not inside
    size = len(members)
    members[0] = seed
    taken[seed] = attempt
    found = 1
    while found < size:
        if entered < 2:
            node = ends[entered, seed]
        else:
            if queued == 0:
                break
            best = _most_touched(waiting[:queued], touches)
            if entered == 2 and attempt >= len(taken):
                best = attempt % queued
            node = waiting[best]
            queued -= 1
            for i in range(best, queued):
                waiting[i] = waiting[i + 1]
            e = last[node]
            while e >= 0 and found < size:
                members[found], taken[e] = e, attempt
                found += 1
                e = previous[e]
        entered += 1
        inside[node] = attempt
        first, degree = start[node], start[node + 1] - start[node]
        # every attempt begins elsewhere: else all sets at a node with many edges would hold the same ones
        turn = attempt * 2654435761 % degree
        for i in range(min(degree, size + _MORE)):
            e = incident[first + (turn + i) % degree]
            other = ends[0, e] + ends[1, e] - node
            if taken[e] == attempt or found == size:
                continue
            if inside[other] == attempt:  # it has many edges, and has not looked at this one
                members[found], taken[e] = e, attempt
                found += 1
                continue
            if touched[other] != attempt:
                touched[other], touches[other], last[other] = attempt, 0, -1
                waiting[queued] = other
                queued += 1
            touches[other] += 1
            previous[e], last[other] = last[other], e
    return found


@compiled
def _most_touched(waiting: Ints, touches: Ints) -> int:
    """The first place of a node with the most touches, of at least one."""
    best = 0
    for i in range(1, len(waiting)):
        if touches[waiting[i]] > touches[waiting[best]]:
            best = i
    return best


@compiled
def _known(result: Ints, candidates: Ints, taken: Ints, attempt: int) -> bool:
    """Whether one of some sets of (S, k) holds the very edges that this attempt took."""
    for number in candidates:
        same = True
        for e in result[number]:
            same = same and taken[e] == attempt
        if same:
            return True
    return False
