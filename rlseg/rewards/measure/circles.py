"""The best circle of every segment, a Circle Hough Transform over its boundary cracks (numba)."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics

if TYPE_CHECKING:
    import numpy.typing as npt

BINS = 32
# How far, in px, a crack may lie from the circle, and the centre from the centroid (in rows and columns).
TOLERANCE = 1.0
# Segments with less than this share of the smallest disc, or more than this many largest ones, are no circles.
SMALLEST, LARGEST = 0.1, 1.4
# Distances that are equal but for rounding count as equal, so that turned images score the same.
_ROUNDING = 1e-9
# Sine and cosine of the bounds between the bins of the first quadrant. The bins are centred on multiples of a full turn
# / 32, so that no bound is the direction from a rational centre to a crack.
_BOUNDS = tuple((number + 0.5) * (2 * pi / BINS) for number in range(BINS // 4))
_SINE, _COSINE = tuple(sin(bound) for bound in _BOUNDS), tuple(cos(bound) for bound in _BOUNDS)
_REACH = TOLERANCE * sqrt(2) + TOLERANCE


@dataclass(frozen=True)
class Circles:
    """The best circle of each of M segments, in pixels.

    Attributes:
        score: (M,) h in [0, 1]; 0 for segments that are no circle, whose other values mean nothing.
        row, column: (M,) its centre.
        radius: (M,).
    """

    score: Floats
    row: Floats
    column: Floats
    radius: Floats


def radii_between(low: float, high: float, most: float) -> Floats:
    """(R,) radii from low to high, evenly spaced by at most 1 px; those above `most` are left out."""
    step = (high - low) / max(np.ceil(high - low), 1.0)
    count = 1 if step == 0 else int(np.floor((min(high, most) - low) / step + 1e-9)) + 1
    return low + step * np.arange(max(count, 0)) if low <= most else np.empty(0)


def find_circles(
    regions: RegionStatistics, labels: Ints, area: Floats, centroid: Floats, low: float, high: float
) -> Circles:
    """Fit a circle to every segment.

    h = max over radii r in [low, high] and centres c of H(r, c) min(A / D, D / A), with the segment's area A,
    D = pi r^2, and H the share of 32 directions from c in which a boundary crack lies within 1 px of the circle.
    Centres are the centroid and the eight points 1 px from it in rows and columns; of equally good ones the centroid or
    the first in reading order counts, and the smallest radius. Segments with A < 0.1 pi low^2 or
    A > 1.4 pi high^2 get 0.

    Args:
        regions: tables of the image.
        labels: (K, N) segment ids 0..M-1.
        area: (M,) pixels; centroid: (M, 2).
        low, high: radii in pixels, 0 < low <= high.
    """
    radii = radii_between(low, high, float(np.hypot(*regions.shape)))
    possible = (area >= SMALLEST * np.pi * low**2) & (area <= LARGEST * np.pi * high**2)
    found = _find_circles(
        labels, regions.edge_index, regions.crack_start, regions.crack_points,
        possible, area, centroid, radii,
    )  # fmt: skip
    return Circles(*found.T)


@compiled
def _direction(row: float, column: float) -> int:
    """Bin 0..31 of the direction of a vector."""
    quarter = 0
    if row < 0 or (row == 0 and column < 0):
        row, column = -row, -column
        quarter = 16
    if column < 0 or (column == 0 and row > 0):
        row, column = -column, row
        quarter += 8
    # now column > 0, row >= 0, or both are 0
    first, last = 0, 8
    while first < last:
        middle = (first + last) // 2
        if row * _COSINE[middle] > column * _SINE[middle]:
            first = middle + 1
        else:
            last = middle
    return (quarter + first) % 32


@compiled
def edges_of(labels: Ints, edge_index: Ints, wanted: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Cut edges of each wanted segment in compressed rows: start (M + 1,), edges. Labels may be negative."""
    start = np.zeros(len(wanted) + 1, np.int64)
    for k in range(len(labels)):
        for e in range(edge_index.shape[1]):
            a, b = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if a != b:
                start[a + 1] += a >= 0 and wanted[a]
                start[b + 1] += b >= 0 and wanted[b]
    for m in range(len(wanted)):
        start[m + 1] += start[m]
    fill = start[:-1].copy()
    edges = np.empty(start[-1], np.int64)
    for k in range(len(labels)):
        for e in range(edge_index.shape[1]):
            a, b = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if a != b:
                if a >= 0 and wanted[a]:
                    edges[fill[a]] = e
                    fill[a] += 1
                if b >= 0 and wanted[b]:
                    edges[fill[b]] = e
                    fill[b] += 1
    return start, edges


@compiled
def _bits(mask: int) -> int:
    """Number of bits that are set in an integer."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@compiled
def _find_circles(
    labels: Ints,
    edge_index: Ints,
    crack_start: Ints,
    crack_points: npt.NDArray[np.int32],
    possible: npt.NDArray[np.bool_],
    area: Floats,
    centroid: Floats,
    radii: Floats,
) -> Floats:
    """(M, 4) score, row, column and radius."""
    count = len(area)
    found = np.zeros((count, 4))
    if len(radii) == 0:
        return found
    start, edges = edges_of(labels, edge_index, possible)
    step = radii[1] - radii[0] if len(radii) > 1 else 1.0
    nearest = radii[0] - _REACH
    farthest = radii[-1] + _REACH
    points = np.empty((len(crack_points), 2))
    masks = np.zeros(len(radii), np.int64)
    fit = np.empty(len(radii))
    near = TOLERANCE + _ROUNDING
    for m in range(count):
        if not possible[m]:
            continue
        row, column = centroid[m, 0], centroid[m, 1]
        used = 0
        for i in range(start[m], start[m + 1]):
            e = edges[i]
            for p in range(crack_start[e], crack_start[e + 1]):
                down, right = crack_points[p, 0] / 2 - row, crack_points[p, 1] / 2 - column
                square = down * down + right * right
                if square <= farthest * farthest and (nearest <= 0 or square >= nearest * nearest):
                    points[used, 0] = down
                    points[used, 1] = right
                    used += 1
        for i in range(len(radii)):
            disc = np.pi * radii[i] * radii[i]
            fit[i] = min(area[m] / disc, disc / area[m])
        least, most = 0, len(radii) - 1
        for move in range(9):
            # the centroid first, then the others in reading order
            place = 4 if move == 0 else move - 1 if move < 5 else move
            y, x = (place // 3 - 1) * TOLERANCE, (place % 3 - 1) * TOLERANCE
            # radii whose area is so wrong that a whole circle would not beat what is known
            while least <= most and fit[least] <= found[m, 0]:
                least += 1
            while least <= most and fit[most] <= found[m, 0]:
                most -= 1
            if least > most:
                break
            masks[least : most + 1] = 0
            inner, outer = max(radii[least] - near, 0.0), radii[most] + near
            for p in range(used):
                down, right = points[p, 0] - y, points[p, 1] - x
                square = down * down + right * right
                if square < inner * inner or square > outer * outer:
                    continue
                distance = np.sqrt(square)
                first = max(int(np.ceil((distance - near - radii[0]) / step)), least)
                last = min(int(np.floor((distance + near - radii[0]) / step)), most)
                if first <= last:
                    bit = 1 << _direction(down, right)
                    for i in range(first, last + 1):
                        masks[i] |= bit
            for i in range(least, most + 1):
                score = _bits(masks[i]) / BINS * fit[i]
                if score > found[m, 0]:
                    found[m, 0] = score
                    found[m, 1] = row + y
                    found[m, 2] = column + x
                    found[m, 3] = radii[i]
    return found


@compiled
def count_touched(
    labels: Ints,
    edge_index: Ints,
    crack_start: Ints,
    crack_points: npt.NDArray[np.int32],
    crack_boxes: npt.NDArray[np.int32],
    counted: npt.NDArray[np.bool_],
    partition: Ints,
    circles: Floats,
) -> Ints:
    """Number of segments that reach into each segment's circle.

    A segment does if one of its boundary cracks lies within radius - 1 px of the centre; the segment itself always
    does.

    Args:
        labels, edge_index, crack_start, crack_points, crack_boxes: see `RegionStatistics` and `Segments`.
        counted: (M,) which segments count.
        partition: (M,) of each segment.
        circles: (M, 3) row, column and radius; radius 0 for none.

    Returns:
        (M,) at least 1.
    """
    touched = np.ones(len(circles), np.int64)
    last = np.full(len(circles), -1, np.int64)  # the circle in which a segment was last counted
    for m in range(len(circles)):
        row, column, radius = 2 * circles[m, 0], 2 * circles[m, 1], 2 * (circles[m, 2] - TOLERANCE + _ROUNDING)
        if radius <= 0:
            continue
        last[m] = m
        k = partition[m]
        for e in range(edge_index.shape[1]):
            if (
                crack_boxes[e, 0] > row + radius
                or crack_boxes[e, 2] < row - radius
                or crack_boxes[e, 1] > column + radius
                or crack_boxes[e, 3] < column - radius
            ):
                continue
            a, b = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if a == b:
                continue
            new_a, new_b = counted[a] and last[a] != m, counted[b] and last[b] != m
            if not (new_a or new_b):
                continue
            for p in range(crack_start[e], crack_start[e + 1]):
                down, right = crack_points[p, 0] - row, crack_points[p, 1] - column
                if down * down + right * right <= radius * radius:
                    if new_a:
                        last[a] = m
                        touched[m] += 1
                    if new_b:
                        last[b] = m
                        touched[m] += 1
                    break
    return touched
