"""Merging of superpixels along the edges of their adjacency graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.graph import cracks, root_of, touching
from rlseg.jit import jit

# numbers that are put in order one by one, which takes half as long
_FEW = 16


def renumber(labels: npt.NDArray[np.integer]) -> Labels:
    """The same partition with ids 0..N-1 in the order of the old ids. labels: (H, W) non-negative."""
    if labels.max() > 8 * labels.size:  # a table of all ids would not fit into the memory
        return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
    present = np.zeros(int(labels.max()) + 1, np.int32)
    present[labels.ravel()] = 1
    return (np.cumsum(present, dtype=np.int32) - 1)[labels]


def neighbour_pairs(labels: npt.NDArray[np.integer]) -> Ints:
    """Ids (2, E), u < v, of touching superpixels (4-neighbours), each pair once, sorted. labels: (H, W), ids >= 0."""
    if labels.ndim == 3:
        return _pairs_of_volume(labels.astype(np.int32, copy=False), int(labels.max()) + 1)
    first, second = cracks(labels)
    return touching(labels, first, second, int(labels.max()) + 1)[0]


@jit
def _pairs_of_volume(labels: Labels, count: int) -> Ints:
    """The same of a volume (Z, H, W), without a table of the faces between voxels, of which there are many."""
    depth, height, width = labels.shape
    of_node = np.zeros(count + 1, np.int64)
    others, place = np.empty(0, np.int32), np.empty(0, np.int64)
    for writes in range(2):  # counted, then written: the greater of two that touch, node by node
        for z in range(depth):
            for r in range(height):
                for c in range(width):
                    a = labels[z, r, c]
                    for axis in range(3):
                        down, along, right = axis == 0, axis == 1, axis == 2
                        if z + down >= depth or r + along >= height or c + right >= width:
                            continue
                        b = labels[z + down, r + along, c + right]
                        if a == b:
                            continue
                        low = min(a, b)
                        if writes:
                            others[place[low]] = max(a, b)
                            place[low] += 1
                        else:
                            of_node[low + 1] += 1
        if not writes:
            of_node = np.cumsum(of_node)
            others, place = np.empty(of_node[-1], np.int32), of_node[:-1].copy()
    seen = np.full(count, -1, np.int32)
    edges = 0
    for node in range(count):  # each once, in the room that there was for all
        begin, place[node] = edges, edges
        for i in range(of_node[node], of_node[node + 1]):
            other = others[i]
            if seen[other] != node:
                seen[other] = node
                others[edges] = other
                edges += 1
        if edges - begin > _FEW:
            others[begin:edges] = np.sort(others[begin:edges])
            continue
        for i in range(begin + 1, edges):
            other, k = others[i], i
            while k > begin and others[k - 1] > other:
                others[k] = others[k - 1]
                k -= 1
            others[k] = other
    pairs = np.empty((2, edges), np.int64)
    for node in range(count):
        end = place[node + 1] if node + 1 < count else edges
        pairs[0, place[node] : end] = node
        pairs[1, place[node] : end] = others[place[node] : end]
    return pairs


@jit
def _absorb_small(size: Floats, area: Floats, total: Floats, edges: Ints, min_size: float) -> Ints:
    """Join superpixels under min_size, smallest first, to the touching superpixel with the closest mean.

    size, area: (N,); total: (N, C) sums of each channel.
    """
    count = len(area)
    parent = np.arange(count)
    while True:
        best = np.full(count, -1, np.int64)
        closest = np.full(count, np.inf)
        for e in range(edges.shape[1]):
            u, v = root_of(parent, edges[0, e]), root_of(parent, edges[1, e])
            if u == v:
                continue
            difference = 0.0
            for c in range(total.shape[1]):
                difference += (total[u, c] / area[u] - total[v, c] / area[v]) ** 2
            if size[u] < min_size and difference < closest[u]:
                best[u], closest[u] = v, difference
            if size[v] < min_size and difference < closest[v]:
                best[v], closest[v] = u, difference
        changed = False
        for u in np.argsort(size):
            if best[u] < 0:
                continue
            a, b = root_of(parent, u), root_of(parent, best[u])
            if a == b or a != u or size[a] >= min_size:
                continue
            parent[a] = b
            size[b] += size[a]
            area[b] += area[a]
            total[b] += total[a]
            changed = True
        if not changed:
            break
    for n in range(count):
        parent[n] = root_of(parent, n)
    return parent


def merge_fragments(
    labels: Labels,
    values: Floats,
    min_size: float,
    counted: npt.NDArray[np.bool_] | Floats | None = None,
    allowed: npt.NDArray[np.integer] | None = None,
) -> Labels:
    """Join superpixels with fewer than min_size pixels to the most similar neighbour.

    Args:
        labels: (H, W) ids 0..N-1.
        values: (H, W) or (C, H, W) what "similar" is measured on; with channels, the distance of their means.
        min_size: pixels.
        counted: (H, W) which pixels count for the size, or how much each counts; all count 1 if None.
        allowed: (H, W) group of each pixel, constant in each superpixel; different groups never merge. One group if
            None.

    Returns:
        (H, W) int32, ids 0..N'-1; a superpixel stays smaller if it fills the whole image, or what it may merge with.
    """
    flat = labels.ravel()
    area = np.bincount(flat).astype(np.float64)
    size = area.copy() if counted is None else np.bincount(flat, counted.ravel(), minlength=len(area))
    channels = values.reshape(-1, labels.size)
    total = np.stack([np.bincount(flat, channel) for channel in channels], axis=1)
    edges = neighbour_pairs(labels)
    if allowed is not None:
        group = np.zeros(len(area), np.int64)
        group[flat] = allowed.ravel()
        edges = edges[:, group[edges[0]] == group[edges[1]]]
    parent = _absorb_small(size, area, total, edges, float(min_size))
    return renumber(parent[labels])


def ward_merge(labels: Labels, values: Floats, allowed: npt.NDArray[np.integer], limit: float) -> Labels:
    """Merge mutually best neighbours while Ward's cost A_a A_b / (A_a + A_b) (q_a - q_b)^2 stays below the limit.

    Args:
        labels: (H, W) ids 0..N-1 to start from.
        values: (H, W) the quantity q.
        allowed: (H, W) group of each pixel, constant in each superpixel; different groups never merge.
        limit: largest cost of a merge, in pixels x squared units of q.

    Returns:
        (H, W) int32, ids 0..N'-1.
    """
    flat = labels.ravel()
    area = np.bincount(flat).astype(np.float64)
    mean = np.bincount(flat, values.ravel()) / area
    group = np.zeros(len(area), np.int64)
    group[flat] = allowed.ravel()
    edges = neighbour_pairs(labels)
    same = group[edges[0]] == group[edges[1]]
    return renumber(_merge_best(area, mean, edges[:, same], float(limit))[labels])


@jit
def _merge_best(area: Floats, mean: Floats, edges: Ints, limit: float) -> Ints:
    """Rounds of merging all mutually best neighbours; returns (N,) numbers of what each node ends in, in the order of
    the first nodes. Changes area and mean."""
    count = len(area)
    owner, parent = np.arange(count), np.arange(count)
    u, v = edges[0].copy(), edges[1].copy()
    used = len(u)
    cheapest = np.empty(count)
    best = np.empty(count, np.int64)
    merged, rounds = True, 0
    while merged:
        cheapest[:count] = np.inf
        best[:count] = -1
        for e in range(used):
            a, b = u[e], v[e]
            cost = area[a] * area[b] / (area[a] + area[b]) * (mean[a] - mean[b]) ** 2
            if cost >= limit:
                continue
            # ids break ties, so that both ends agree on which of several equally good edges is best
            key = a * count + b
            for end in (a, b):
                if cost < cheapest[end] or (cost == cheapest[end] and key < best[end]):
                    cheapest[end], best[end] = cost, key
        merged = False
        for a in range(count):
            if best[a] < 0 or best[a] // count != a:
                continue
            b = best[a] - a * count
            if best[b] != best[a]:
                continue
            parent[b] = a
            mean[a] = (mean[a] * area[a] + mean[b] * area[b]) / (area[a] + area[b])
            area[a] += area[b]
            merged = True
        kept = 0
        for e in range(used):
            a, b = parent[u[e]], parent[v[e]]
            if a != b:
                u[kept], v[kept] = min(a, b), max(a, b)
                kept += 1
        used = kept
        rounds += 1
        # now and then, for it takes as long as a round
        if rounds & (rounds - 1) == 0 or not merged:
            count = _renumber_left(owner, parent[:count], area, mean, u[:used], v[:used])
            used = _without_twins(u, v, used, count)
    return owner


@jit
def _renumber_left(owner: Ints, parent: Ints, area: Floats, mean: Floats, u: Ints, v: Ints) -> int:
    """Number the nodes that are their own parents, in their order, so that what is left lies close together; returns
    how many there are."""
    left = 0
    number = np.empty(len(parent), np.int64)
    for a in range(len(parent)):
        if parent[a] == a:
            number[a], area[left], mean[left] = left, area[a], mean[a]
            left += 1
        else:  # a parent has a smaller number
            number[a] = number[parent[a]]
    for e in range(len(u)):
        u[e], v[e] = number[u[e]], number[v[e]]
    for n in range(len(owner)):
        owner[n] = number[owner[n]]
    parent[:left] = np.arange(left)
    return left


@jit
def _without_twins(u: Ints, v: Ints, used: int, count: int) -> int:
    """Of the first `used` edges between `count` nodes each only once, put first; how many there are.

    Two nodes that merge leave their edges to a third twice.
    """
    start = np.zeros(count + 1, np.int64)
    for e in range(used):
        start[u[e] + 1] += 1
    start = np.cumsum(start)
    ends = np.empty(used, np.int64)
    place = start[:-1].copy()
    for e in range(used):
        ends[place[u[e]]] = v[e]
        place[u[e]] += 1
    seen = np.full(count, -1)
    kept = 0
    for a in range(count):
        for i in range(start[a], start[a + 1]):
            if seen[ends[i]] != a:
                seen[ends[i]] = a
                u[kept], v[kept] = a, ends[i]
                kept += 1
    return kept
