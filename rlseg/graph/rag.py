"""Region adjacency graph of superpixels and the tables that every later stage sums over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.graph.adjacency import cracks, touching
from rlseg.graph.voxels import Planes, intensities_by_planes, measure_all_faces, measure_voxels
from rlseg.jit import jit
from rlseg.regions import SURROUNDINGS, RegionStatistics


@jit
def _measure_nodes(superpixels: npt.NDArray[np.int32], count: int) -> tuple[Floats, Floats, Floats, Ints, Floats, Ints]:
    height, width = superpixels.shape
    area = np.zeros(count)
    moments = np.zeros((count, 5))
    third = np.zeros((count, 4))
    box = np.empty((count, 4), np.int64)
    box[:, :2] = max(height, width)
    box[:, 2:] = 0
    border = np.zeros(count)
    rim = np.empty(height * width, np.int64)
    rims = 0
    for r in range(height):
        for c in range(width):
            n = superpixels[r, c]
            area[n] += 1
            moments[n, 0] += r
            moments[n, 1] += c
            moments[n, 2] += r * r
            moments[n, 3] += r * c
            moments[n, 4] += c * c
            third[n, 0] += r * r * r
            third[n, 1] += r * r * c
            third[n, 2] += r * c * c
            third[n, 3] += c * c * c
            box[n, 0] = min(box[n, 0], r)
            box[n, 1] = min(box[n, 1], c)
            box[n, 2] = max(box[n, 2], r + 1)
            box[n, 3] = max(box[n, 3], c + 1)
            sides = (r == 0) + (c == 0) + (r == height - 1) + (c == width - 1)
            border[n] += sides
            if (
                sides > 0
                or superpixels[r - 1, c] != n
                or superpixels[r + 1, c] != n
                or superpixels[r, c - 1] != n
                or superpixels[r, c + 1] != n
            ):
                rim[rims] = r * width + c
                rims += 1
    return area, moments, third, box, border, rim[:rims].copy()


@jit
def _measure_intensity(
    superpixels: npt.NDArray[np.int32], channel: npt.NDArray[np.floating], count: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Sum, sum of squares, smallest and largest value of each superpixel, (N,) each."""
    height, width = superpixels.shape
    total, square = np.zeros(count), np.zeros(count)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for r in range(height):
        for c in range(width):
            n, value = superpixels[r, c], np.float64(channel[r, c])
            total[n] += value
            square[n] += value * value
            low[n] = min(low[n], value)
            high[n] = max(high[n], value)
    return total, square, low, high


@jit
def _measure_cracks(
    channel: npt.NDArray[np.floating], first: Ints, second: Ints, edge: Ints, edges: int
) -> tuple[Floats, Floats, Floats]:
    """Of each edge the columns of `edge_intensity`, `edge_jump` (E,) and `edge_beyond` (2, E) of one channel (H, W)."""
    height, width = channel.shape
    middle, jump, beyond = np.zeros(edges), np.zeros(edges), np.zeros((2, edges))
    for p in range(len(first)):
        r, c = first[p] // width, first[p] % width
        down, right = second[p] // width - r, second[p] % width - c
        here, there = np.float64(channel[r, c]), np.float64(channel[r + down, c + right])
        e = edge[p]
        middle[e] += (here + there) / 2
        jump[e] += abs(here - there)
        for side in range(2):
            # beyond the crack as seen from the first pixel, then from the second
            y, x = (r + down, c + right) if side == 0 else (r, c)
            total, pixels = 0.0, 0
            while pixels < SURROUNDINGS and 0 <= y < height and 0 <= x < width:
                total += np.float64(channel[y, x])
                pixels += 1
                y, x = (y + down, x + right) if side == 0 else (y - down, x - right)
            beyond[side, e] += total / pixels
    return middle, jump, beyond


@jit
def span_table(superpixels: npt.NDArray[np.int32], box: Ints) -> tuple[Ints, Ints]:
    """Row spans of the superpixels (see `RegionStatistics.spans`) from the (H, W) ids and the (N, 4) boxes."""
    height, width = superpixels.shape
    count = len(box)
    first = np.zeros(count + 1, np.int64)
    for n in range(count):
        first[n + 1] = first[n] + box[n, 2] - box[n, 0]
    low = np.full(first[count], width)
    high = np.full(first[count], -1)
    for r in range(height):
        for c in range(width):
            n = superpixels[r, c]
            i = first[n] + r - box[n, 0]
            low[i] = min(low[i], c)
            high[i] = max(high[i], c)
    start = np.zeros(count + 1, np.int64)
    spans = np.empty((first[count], 3), np.int64)
    used = 0
    for n in range(count):
        for i in range(first[n], first[n + 1]):
            if high[i] >= 0:
                spans[used, 0] = box[n, 0] + i - first[n]
                spans[used, 1] = low[i]
                spans[used, 2] = high[i]
                used += 1
        start[n + 1] = used
    return start, spans[:used].copy()


@jit
def crack_table(edge_of_crack: Ints, rows: Ints, columns: Ints, edges: int) -> tuple[Ints, npt.NDArray[np.int32]]:
    """`crack_start` and `crack_points` of `RegionStatistics`.

    Args:
        edge_of_crack: (P,) the edge 0..E-1 of each crack; cracks are ordered by row, those of a row by column.
        rows, columns: (P,) twice the coordinates of the midpoints.
        edges: E.
    """
    start = np.zeros(edges + 1, np.int64)
    for e in edge_of_crack:
        start[e + 1] += 1
    start = np.cumsum(start)
    points = np.empty((len(edge_of_crack), 2), np.int32)
    next_free = start[:-1].copy()
    for p in range(len(edge_of_crack)):
        slot = next_free[edge_of_crack[p]]
        points[slot, 0], points[slot, 1] = rows[p], columns[p]
        next_free[edge_of_crack[p]] += 1
    return start, points


def measure_regions(
    image: Sequence[Planes] | npt.NDArray[np.floating],
    superpixels: npt.NDArray[np.int32],
    scale: npt.ArrayLike = 1.0,
    offset: npt.ArrayLike = 0.0,
    level_channel: int = 0,
    pixel_size: tuple[float, ...] = (0.0, 0.0),
    spacing: tuple[float, ...] | None = None,
) -> RegionStatistics:
    """Build the region adjacency graph and measure every superpixel and every edge once.

    Args:
        image: C maps (H, W) of finite intensities, usually scaled to [0, 1], or all in one array (C, H, W); of a volume
            C times (Z, H, W), of which some planes at a time are asked for.
        superpixels: (H, W) or (Z, H, W) int32, ids 0..N-1 without gaps.
        scale, offset: raw intensity = scale * image + offset, per channel or for all.
        level_channel: which channel holds the relative brightness, see `RegionStatistics`.
        pixel_size: height and width of a pixel in um, 0 if not known; of a volume the distance of planes first.
        spacing: sides of a pixel in px, see `RegionStatistics`; 1 if not given.

    Raises:
        ValueError: shapes that do not fit, or gaps in the ids.
    """
    volume = superpixels.ndim == 3
    channels = list(image) if volume else [np.ascontiguousarray(channel) for channel in image]
    if not channels or any(channel.shape != superpixels.shape for channel in channels):
        shapes = ", ".join(str(channel.shape) for channel in channels)
        raise ValueError(
            f"the image must be channels of the superpixels' shape {superpixels.shape}, got {shapes or None}"
        )
    count = int(superpixels.max()) + 1
    # before the numba loops, which do not look at the bounds of the tables
    if superpixels.min() < 0 or count > superpixels.size:
        raise ValueError("superpixel ids must be consecutive from 0")
    spacing = (1.0,) * superpixels.ndim if spacing is None else spacing
    if volume:
        placed = _measure_volume(channels, superpixels, count, spacing)
        inside = [intensities_by_planes(_measure_intensity, superpixels, channel, count) for channel in channels]
    else:
        placed = _measure_image(channels, superpixels, count)
        inside = [_measure_intensity(superpixels, channel, count) for channel in channels]
    total, square, low, high = (np.stack(part, axis=1) for part in zip(*inside, strict=True))
    return RegionStatistics(
        superpixels=superpixels,
        **placed,
        intensity_sum=total,
        intensity_square=square,
        intensity_min=low,
        intensity_max=high,
        scale=np.broadcast_to(np.asarray(scale, np.float64), (len(channels),)).copy(),
        offset=np.broadcast_to(np.asarray(offset, np.float64), (len(channels),)).copy(),
        level_channel=level_channel,
        pixel_size=pixel_size,
        spacing=spacing,
    )


def _refuse_gaps(area: Floats) -> None:
    if area.min() == 0:
        raise ValueError("superpixel ids must be consecutive from 0")


def _measure_image(
    channels: Sequence[npt.NDArray[np.floating]], superpixels: npt.NDArray[np.int32], count: int
) -> dict[str, Any]:
    """What depends on places, of (H, W) superpixels: fields of `RegionStatistics` by their names."""
    area, moments, third, box, border, rim = _measure_nodes(superpixels, count)
    _refuse_gaps(area)
    span_start, spans = span_table(superpixels, box)
    first, second = cracks(superpixels)
    edge_index, edge = touching(superpixels, first, second, count)
    edges = edge_index.shape[1]
    width = superpixels.shape[1]
    rows, columns = first // width + second // width, first % width + second % width
    crack_start, crack_points = crack_table(edge, rows, columns, edges)
    along = [_measure_cracks(channel, first, second, edge, edges) for channel in channels]
    intensity, jump, beyond = (np.stack(part, axis=-1) for part in zip(*along, strict=True))
    return {
        "edge_index": edge_index,
        "area": area,
        "moments": moments,
        "third_moments": third,
        "box": box,
        "border": border,
        "span_start": span_start,
        "spans": spans,
        "rim": rim,
        "edge_length": np.diff(crack_start).astype(np.float64),
        "edge_intensity": intensity,
        "edge_jump": jump,
        "edge_beyond": beyond,
        "crack_start": crack_start,
        "crack_points": crack_points,
    }


def _measure_volume(
    channels: Sequence[Planes],
    superpixels: npt.NDArray[np.int32],
    count: int,
    spacing: tuple[float, ...],
) -> dict[str, Any]:
    """The same of (Z, H, W) superpixels."""
    faces = np.prod(spacing) / np.array(spacing)
    area, moments, box, border = measure_voxels(superpixels, count, faces)
    _refuse_gaps(area)
    measured = measure_all_faces(channels, superpixels, count, spacing)
    return {
        **vars(measured),
        "area": area,
        "moments": moments,
        "third_moments": np.empty((count, 0)),
        "box": box,
        "border": border,
        "span_start": np.zeros(count + 1, np.int64),
        "spans": np.empty((0, 3), np.int64),
        "rim": np.empty(0, np.int64),
        "crack_start": np.zeros(len(measured.edge_length) + 1, np.int64),
        "crack_points": np.empty((0, 3), np.int32),
    }
