"""The tables of a volume that differ from those of an image: places of voxels, and faces instead of cracks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.graph.adjacency import cracks, face_areas, touching
from rlseg.jit import jit
from rlseg.regions import SURROUNDINGS, slabs


class Planes(Protocol):
    """A map (Z, H, W) that is looked at some planes at a time: an array, or what makes one when it is asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Z, H, W."""
        ...

    def __getitem__(self, planes: slice, /) -> Any:
        """(z, H, W) floats."""
        ...


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


def _floats(channel: Planes, planes: slice) -> npt.NDArray[np.floating]:
    """(z, H, W) some planes in a precision that loops know."""
    values = np.ascontiguousarray(channel[planes])
    return values.astype(np.float32) if values.dtype == np.float16 else values


def intensities_by_planes(
    measure: Callable[..., tuple[Floats, ...]], superpixels: npt.NDArray[np.int32], channel: Planes, count: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Sum, sum of squares, smallest and largest value of each superpixel (Z, H, W), (N,) each, some planes at a time.

    Args:
        measure: the same of rows (R, W) of superpixels and of a channel, and N.
        superpixels: ids 0..N-1.
        channel: (Z, H, W).
        count: N.
    """
    total, square = np.zeros(count), np.zeros(count)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for planes in slabs(superpixels.shape):
        ids = superpixels[planes].reshape(-1, superpixels.shape[-1])
        found = measure(ids, _floats(channel, planes).reshape(ids.shape), count)
        total, square = total + found[0], square + found[1]
        low, high = np.minimum(low, found[2]), np.maximum(high, found[3])
    return total, square, low, high


@dataclass(frozen=True)
class Faces:
    """What is measured on the faces between superpixels: fields of `RegionStatistics`."""

    edge_index: Ints
    edge_length: Floats
    edge_intensity: Floats
    edge_jump: Floats
    edge_beyond: Floats


def measure_all_faces(
    channels: Sequence[Planes], superpixels: npt.NDArray[np.int32], count: int, spacing: tuple[float, ...]
) -> Faces:
    """Of `count` superpixels (Z, H, W), some planes at a time.

    Args:
        channels: C times (Z, H, W).
        superpixels: (Z, H, W) ids 0..N-1.
        count: N.
        spacing: sides of a voxel in px.
    """
    parts = list(_faces_of_slabs(channels, superpixels, count, spacing))
    keys = [part.edge_index[0] * count + part.edge_index[1] for part in parts]
    found, edge = np.unique(np.concatenate(keys), return_inverse=True)
    edges = len(found)
    length, beyond = np.zeros(edges), np.zeros((2, edges, len(channels)))
    intensity, jump = np.zeros((edges, len(channels))), np.zeros((edges, len(channels)))
    done = 0
    for part in parts:
        here = edge[done : done + len(part.edge_length)]
        # no edge occurs twice in a part
        length[here] += part.edge_length
        intensity[here] += part.edge_intensity
        jump[here] += part.edge_jump
        beyond[:, here] += part.edge_beyond
        done += len(here)
    return Faces(np.stack([found // count, found % count]), length, intensity, jump, beyond)


def _faces_of_slabs(
    channels: Sequence[Planes], superpixels: npt.NDArray[np.int32], count: int, spacing: tuple[float, ...]
) -> Iterator[Faces]:
    """Those within the planes of each slab, and between its last plane and the next."""
    reach, plane = surroundings(spacing), superpixels[0].size
    for planes in slabs(superpixels.shape):
        ids = superpixels[planes.start : planes.stop + 1]
        first, second = cracks(ids)
        mine = np.minimum(first, second) < (planes.stop - planes.start) * plane
        first, second = first[mine], second[mine]
        edge_index, edge = touching(ids, first, second, count)
        edges = edge_index.shape[1]
        areas = face_areas(first, second, ids.shape, spacing)
        top = max(planes.start - int(reach[0]), 0)
        seen = slice(top, planes.stop + 1 + int(reach[0]))
        below = (planes.start - top) * plane
        along = [
            measure_faces(_floats(channel, seen), first + below, second + below, edge, areas, edges, reach)
            for channel in channels
        ]
        intensity, jump, beyond = (np.stack(part, axis=-1) for part in zip(*along, strict=True))
        length = np.bincount(edge, areas, minlength=edges).astype(np.float64)
        yield Faces(edge_index, length, intensity, jump, beyond)


@jit
def _place(index: int, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    plane = shape[1] * shape[2]
    return index // plane, index % plane // shape[2], index % shape[2]
