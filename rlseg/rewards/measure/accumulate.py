"""Numba loops that carry superpixel tables to segments. Plain arrays in and out; the GIL is released.

K partitions of one image are handled in one call: labels is (K, N) int64 with segment ids 0..M-1, unique over all
partitions (see `rlseg.rewards.measure.segments.Segments`).
"""

from __future__ import annotations

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled


@compiled
def number_segments(labels: Ints) -> tuple[Ints, Ints]:
    """Renumber the rows of (K, N) labels in 0..N-1 to ids unique over all rows; returns ids and (K + 1,) offsets."""
    partitions, nodes = labels.shape
    ids = np.empty_like(labels)
    offsets = np.zeros(partitions + 1, np.int64)
    table = np.empty(nodes, np.int64)
    count = 0
    for k in range(partitions):
        table[:] = -1
        for n in range(nodes):
            label = labels[k, n]
            if table[label] < 0:
                table[label] = count
                count += 1
            ids[k, n] = table[label]
        offsets[k + 1] = count
    return ids, offsets


@compiled
def sum_nodes(labels: Ints, count: int, values: Floats) -> Floats:
    """Sum (N, D) superpixel values over each segment: (count, D)."""
    total = np.zeros((count, values.shape[1]))
    for k in range(labels.shape[0]):
        for n in range(labels.shape[1]):
            segment = labels[k, n]
            for d in range(values.shape[1]):
                total[segment, d] += values[n, d]
    return total


@compiled
def lone_nodes(labels: Ints, count: int) -> Ints:
    """(count,) the superpixel that a segment consists of, -1 for segments of several."""
    result = np.full(count, -2)
    for k in range(labels.shape[0]):
        for n in range(labels.shape[1]):
            result[labels[k, n]] = n if result[labels[k, n]] == -2 else -1
    return result


@compiled
def first_alike(labels: Ints, count: int) -> Ints:
    """(count,) the first segment that consists of the same superpixels: samples of one policy have most in common."""
    partitions, nodes = labels.shape
    row = np.empty(count, np.int64)
    size = np.zeros(count, np.int64)
    mark = np.zeros(count, np.uint64)
    for k in range(partitions):
        for n in range(nodes):
            segment = labels[k, n]
            row[segment] = k
            size[segment] += 1
            # a sum of well mixed numbers (splitmix64) hardly ever is that of other superpixels; see below
            x = np.uint64(n + 1) * np.uint64(0x9E3779B97F4A7C15)
            x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mark[segment] += x ^ (x >> np.uint64(31))
    slots = 4
    while slots < 2 * count:
        slots *= 2
    table = np.full(slots, -1)
    first = np.empty(count, np.int64)
    for segment in range(count):
        slot = np.int64(mark[segment] & np.uint64(slots - 1))
        while table[slot] >= 0 and mark[table[slot]] != mark[segment]:
            slot = (slot + 1) & (slots - 1)
        if table[slot] < 0:
            table[slot] = segment
        found = table[slot]
        first[segment] = found if size[found] == size[segment] else segment
    for k in range(partitions):
        for n in range(nodes):
            segment = labels[k, n]
            found = first[segment]
            if labels[row[found], n] != found:
                first[segment] = segment
    return first


@compiled
def extreme_nodes(labels: Ints, count: int, values: Floats, largest: bool) -> Floats:
    """Largest (or smallest) of (N,) superpixel values over each segment: (count,)."""
    result = np.full(count, -np.inf if largest else np.inf)
    for k in range(labels.shape[0]):
        for n in range(labels.shape[1]):
            segment = labels[k, n]
            if largest:
                result[segment] = max(result[segment], values[n])
            else:
                result[segment] = min(result[segment], values[n])
    return result


@compiled
def box_nodes(labels: Ints, count: int, box: Ints) -> Ints:
    """Union of the (N, 2 D) boxes of each segment's superpixels: (count, 2 D), the last half exclusive.

    Labels may be -1. D is 2, in volumes 3.
    """
    axes = box.shape[1] // 2
    result = np.empty((count, 2 * axes), np.int64)
    result[:, :axes] = np.iinfo(np.int64).max
    result[:, axes:] = -1
    for k in range(labels.shape[0]):
        for n in range(labels.shape[1]):
            segment = labels[k, n]
            if segment < 0:
                continue
            for i in range(axes):
                result[segment, i] = min(result[segment, i], box[n, i])
                result[segment, axes + i] = max(result[segment, axes + i], box[n, axes + i])
    return result


@compiled
def sum_cut_edges(labels: Ints, count: int, edge_index: Ints, to_u: Floats, to_v: Floats) -> Floats:
    """Sum over the cut edges of each segment: to_u (E, D) goes to the segment of u, to_v (E, D) to that of v."""
    total = np.zeros((count, to_u.shape[1]))
    for k in range(labels.shape[0]):
        for e in range(edge_index.shape[1]):
            a = labels[k, edge_index[0, e]]
            b = labels[k, edge_index[1, e]]
            if a != b:
                for d in range(to_u.shape[1]):
                    total[a, d] += to_u[e, d]
                    total[b, d] += to_v[e, d]
    return total
