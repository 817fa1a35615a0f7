"""The tables of a volume that differ from those of an image: places of voxels, and faces instead of cracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.jit import jit
from rlseg.regions import SURROUNDINGS


@jit
def measure_voxels(
    superpixels: npt.NDArray[np.int32], count: int, faces: Floats
) -> tuple[Floats, Floats, Ints, Floats]:
    """Voxels, moments, boxes and border of superpixels, see `RegionStatistics`.

    Args:
        superpixels: (Z, H, W) ids 0..N-1.
        count: N.
        faces: (3,) px^2, the area of a voxel's face across each axis.

    Returns:
        (N,), (N, 9), (N, 6) int64 and (N,).
    """
    depth, height, width = superpixels.shape
    area, border = np.zeros(count), np.zeros(count)
    moments = np.zeros((count, 9))
    box = np.empty((count, 6), np.int64)
    box[:, :3] = max(depth, height, width)
    box[:, 3:] = 0
    for z in range(depth):
        for r in range(height):
            for c in range(width):
                n = superpixels[z, r, c]
                place = (z, r, c)
                area[n] += 1
                column = 3
                for i in range(3):
                    moments[n, i] += place[i]
                    for j in range(i, 3):
                        moments[n, column] += place[i] * place[j]
                        column += 1
                    box[n, i] = min(box[n, i], place[i])
                    box[n, 3 + i] = max(box[n, 3 + i], place[i] + 1)
                border[n] += ((z == 0) + (z == depth - 1)) * faces[0]
                border[n] += ((r == 0) + (r == height - 1)) * faces[1]
                border[n] += ((c == 0) + (c == width - 1)) * faces[2]
    return area, moments, box, border


def surroundings(spacing: tuple[float, ...]) -> Ints:
    """(3,) voxels along each axis that the surroundings of an object reach: SURROUNDINGS px, at least one voxel."""
    return np.maximum(np.rint(SURROUNDINGS / np.array(spacing)), 1).astype(np.int64)


@jit
def measure_faces(
    channel: npt.NDArray[np.floating], first: Ints, second: Ints, edge: Ints, areas: Floats, edges: int, reach: Ints
) -> tuple[Floats, Floats, Floats]:
    """Of each edge the columns of `edge_intensity`, `edge_jump` (E,) and `edge_beyond` (2, E) of one channel.

    Args:
        channel: (Z, H, W).
        first, second: (P,) flat indices of the voxels on both sides of each face.
        edge: (P,) the edge that each belongs to.
        areas: (P,) px^2.
        edges: E.
        reach: (3,) `surroundings`.
    """
    shape = channel.shape
    flat = channel.ravel()
    middle, jump, beyond = np.zeros(edges), np.zeros(edges), np.zeros((2, edges))
    for p in range(len(first)):
        here, there = np.float64(flat[first[p]]), np.float64(flat[second[p]])
        e, weight = edge[p], areas[p]
        middle[e] += weight * (here + there) / 2
        jump[e] += weight * abs(here - there)
        one, other = _place(first[p], shape), _place(second[p], shape)
        axis = 0 if one[0] != other[0] else 1 if one[1] != other[1] else 2
        stride = shape[1] * shape[2] if axis == 0 else shape[2] if axis == 1 else 1
        for side in range(2):
            # beyond the face as seen from the first voxel, then from the second
            start, at = (second[p], other[axis]) if side == 0 else (first[p], one[axis])
            step = other[axis] - one[axis] if side == 0 else one[axis] - other[axis]
            total, voxels = 0.0, 0
            while voxels < reach[axis] and 0 <= at + step * voxels < shape[axis]:
                total += np.float64(flat[start + step * stride * voxels])
                voxels += 1
            beyond[side, e] += weight * total / voxels
    return middle, jump, beyond


@jit
def _place(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    plane = shape[1] * shape[2]
    return index // plane, index % plane // shape[2], index % shape[2]
