"""Which superpixels touch, and where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.jit import jit


def cracks(superpixels: npt.NDArray[np.integer]) -> tuple[Ints, Ints]:
    """Pairs of 4-neighbouring pixels in different superpixels, from top to bottom, each row of them from left to right.

    Args:
        superpixels: (H, W) ids; or (Z, H, W), of which the pairs of 6-neighbours are found.

    Returns:
        Two (P,) arrays of flat pixel indices: the pixel in the superpixel with the smaller id, and the other.
    """
    return _cracks(superpixels) if superpixels.ndim == 2 else _faces(superpixels)


def face_areas(first: Ints, second: Ints, shape: tuple[int, ...], spacing: tuple[float, ...]) -> Floats:
    """(P,) in px^2, the area of the face between each two voxels of a volume.

    Args:
        first, second: (P,) what `cracks` gives for a volume.
        shape: Z, H, W.
        spacing: sides of a voxel in px.
    """
    step = np.abs(second - first)
    areas = np.empty(len(step))
    # an axis of one voxel has no faces, and its step may be that of another axis
    for axis in range(3):
        if shape[axis] > 1:
            areas[step == np.prod(shape[axis + 1 :], dtype=np.int64)] = np.prod(spacing) / spacing[axis]
    return areas


@jit
def _cracks(superpixels: npt.NDArray[np.integer]) -> tuple[Ints, Ints]:
    height, width = superpixels.shape
    count = 0
    for r in range(height):
        for c in range(width):
            count += c + 1 < width and superpixels[r, c] != superpixels[r, c + 1]
            count += r + 1 < height and superpixels[r, c] != superpixels[r + 1, c]
    first, second = np.empty(count, np.int64), np.empty(count, np.int64)
    count = 0
    for r in range(height):
        for down in range(2 if r + 1 < height else 1):
            for c in range(width - 1 + down):
                p = r * width + c
                q = p + (width if down else 1)
                a, b = superpixels[r, c], superpixels[r + down, c + 1 - down]
                if a != b:
                    first[count], second[count] = (p, q) if a < b else (q, p)
                    count += 1
    return first, second


@jit
def _faces(superpixels: npt.NDArray[np.integer]) -> tuple[Ints, Ints]:
    """Pairs of 6-neighbouring voxels: in reading order of the first, its neighbour below, in front and to the right."""
    depth, height, width = superpixels.shape
    first, second = np.empty(0, np.int64), np.empty(0, np.int64)
    for writes in range(2):  # counted, then written
        count = 0
        for z in range(depth):
            for r in range(height):
                for c in range(width):
                    a = superpixels[z, r, c]
                    p = (z * height + r) * width + c
                    for axis in range(3):
                        down, along, right = axis == 0, axis == 1, axis == 2
                        if z + down >= depth or r + along >= height or c + right >= width:
                            continue
                        b = superpixels[z + down, r + along, c + right]
                        if a == b:
                            continue
                        if writes:
                            q = p + (height * width if down else width if along else 1)
                            first[count], second[count] = (p, q) if a < b else (q, p)
                        count += 1
        if not writes:
            first, second = np.empty(count, np.int64), np.empty(count, np.int64)
    return first, second


@jit
def group_pairs(u: Ints, v: Ints, count: int) -> tuple[Ints, Ints]:
    """Make each pair of nodes that occurs an edge, in O(P + N + E log E).

    Args:
        u, v: (P,) the two nodes of each pair, u < v.
        count: N, the nodes are 0..N-1.

    Returns:
        edge_index: (2, E) int64, u < v, sorted, each pair once; edge: (P,) int64, the edge 0..E-1 of each pair.
    """
    of_node = np.zeros(count + 1, np.int64)
    for p in range(len(u)):
        of_node[u[p] + 1] += 1
    of_node = np.cumsum(of_node)
    order = np.empty(len(u), np.uint32)  # by u
    next_free = of_node[:-1].copy()
    for p in range(len(u)):
        order[next_free[u[p]]] = p
        next_free[u[p]] += 1
    edge_index = np.empty((2, len(u)), np.int64)
    edge = np.empty(len(u), np.int64)
    number = np.full(count, -1)  # of the edge from the node at work to each other
    edges = 0
    for node in range(count):
        begin = edges
        for i in range(of_node[node], of_node[node + 1]):
            other = v[order[i]]
            if number[other] < begin:
                number[other] = begin
                edge_index[1, edges] = other
                edges += 1
        edge_index[0, begin:edges] = node
        if edges - begin > 1:
            edge_index[1, begin:edges] = np.sort(edge_index[1, begin:edges])
        for e in range(begin, edges):
            number[edge_index[1, e]] = e
        for i in range(of_node[node], of_node[node + 1]):
            edge[order[i]] = number[v[order[i]]]
    return edge_index[:, :edges].copy(), edge


def touching(superpixels: npt.NDArray[np.integer], first: Ints, second: Ints, count: int) -> tuple[Ints, Ints]:
    """The edges between superpixels.

    Args:
        superpixels: (H, W) or (Z, H, W) ids 0..N-1.
        first, second: what `cracks` gives for them.
        count: N.

    Returns:
        edge_index: (2, E) int64, u < v, sorted, each pair once; edge: (P,) int64, the edge 0..E-1 of each crack.
    """
    flat = superpixels.ravel()
    edge_index, edge = group_pairs(flat[first], flat[second], count)
    return edge_index, edge
