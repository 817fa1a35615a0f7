"""Perimeter and convex hull of segments, exactly as scikit-image defines them on the union mask (numba)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rlseg.rewards.accumulate import Floats, Ints

_jit = numba.njit(nogil=True, cache=True)


def _step_lengths() -> Floats:
    """What a border pixel counts by its number of straight and of diagonal neighbours among the border pixels."""
    root = np.sqrt(2.0)
    lengths = {5: 1, 7: 1, 15: 1, 17: 1, 25: 1, 27: 1, 21: root, 33: root, 13: (1 + root) / 2, 23: (1 + root) / 2}
    # scikit-image's code of a pixel: 1 + 2 straight + 10 diagonal neighbours
    return np.array([[lengths.get(1 + 2 * s + 10 * d, 0.0) for d in range(5)] for s in range(5)], dtype=np.float64)


_STEP = _step_lengths()


@_jit
def perimeters(labels: Ints, count: int, framed: npt.NDArray[np.int32], rim: Ints, width: int) -> Floats:
    """Length of the chain through the border pixels of each segment, `skimage.measure.perimeter(neighborhood=4)`.

    A border pixel has a 4-neighbour outside its segment (or the image). It counts 1, sqrt(2) or their mean by how many
    of its neighbours are border pixels of the same segment, after K. Benkrid & D. Crookes, Design and FPGA
    Implementation of a Perimeter Estimator (2000).

    Args:
        labels: (K, N) segment ids; count: number of segments.
        framed: superpixels in a frame of N (`RegionStatistics.framed`); width: W + 2, the length of its rows.
        rim: indices into `framed` of the pixels that can be border pixels.

    Returns:
        (count,) pixels.
    """
    nodes = labels.shape[1]
    result = np.zeros(count)
    own_of = np.empty(nodes + 1, np.int32)
    own_of[nodes] = -1  # the frame
    border = np.full(len(framed), -2, np.int32)  # segment of each border pixel, -2 elsewhere
    chain = np.empty(len(rim), np.int64)
    for k in range(labels.shape[0]):
        for n in range(nodes):
            own_of[n] = labels[k, n]
        found = 0
        for i in range(len(rim)):
            p = rim[i]
            own = own_of[framed[p]]
            if (
                own_of[framed[p - width]] != own
                or own_of[framed[p + width]] != own
                or own_of[framed[p - 1]] != own
                or own_of[framed[p + 1]] != own
            ):
                border[p] = own
                chain[found] = p
                found += 1
        for i in range(found):
            p = chain[i]
            own = border[p]
            straight = (
                (border[p - width] == own)
                + (border[p + width] == own)
                + (border[p - 1] == own)
                + (border[p + 1] == own)
            )
            diagonal = (
                (border[p - width - 1] == own)
                + (border[p - width + 1] == own)
                + (border[p + width - 1] == own)
                + (border[p + width + 1] == own)
            )
            result[own] += _STEP[straight, diagonal]
        for i in range(found):
            border[chain[i]] = -2
    return result


@_jit
def _hull_side(rows: Ints, columns: Ints, sign: int, stack: Ints) -> None:
    """Monotone chain over points sorted by row: the hull's side of smallest (sign 1) or largest (-1) columns."""
    size = 0
    for i in range(len(rows)):
        while size >= 2:
            a = stack[size - 2]
            b = stack[size - 1]
            turn = (rows[b] - rows[a]) * (columns[i] - columns[a]) - (rows[i] - rows[a]) * (columns[b] - columns[a])
            if sign * turn <= 0:
                size -= 1
            else:
                break
        stack[size] = i
        size += 1


@_jit
def hull_areas(labels: Ints, boxes: Ints, span_start: Ints, spans: Ints) -> Floats:
    """Pixels of the convex hull image of each segment, as `skimage.morphology.convex_hull_image` counts them.

    scikit-image takes the hull of the midpoints of all pixel sides and counts the pixel centres inside or on it.
    In doubled coordinates these points are integers, so the count is exact.

    Args:
        labels: (K, N) segment ids.
        boxes: (M, 4) first row, first column, last row + 1, last column + 1 of each segment.
        span_start, spans: row spans of the superpixels, see `rlseg.regions.RegionStatistics`.

    Returns:
        (M,) pixels.
    """
    count = len(boxes)
    first = np.zeros(count + 1, np.int64)
    for m in range(count):
        first[m + 1] = first[m] + boxes[m, 2] - boxes[m, 0]
    low = np.full(first[count], np.iinfo(np.int64).max)
    high = np.full(first[count], -1)
    for k in range(labels.shape[0]):
        for n in range(labels.shape[1]):
            m = labels[k, n]
            for s in range(span_start[n], span_start[n + 1]):
                i = first[m] + spans[s, 0] - boxes[m, 0]
                low[i] = min(low[i], spans[s, 1])
                high[i] = max(high[i], spans[s, 2])
    result = np.zeros(count)
    for m in range(count):
        start = first[m]
        rows = first[m + 1] - start
        # half rows -1, 0, 1, ..., 2 rows - 1 of the segment, in doubled coordinates
        y = np.empty(2 * rows + 1, np.int64)
        left = np.empty(2 * rows + 1, np.int64)
        right = np.empty(2 * rows + 1, np.int64)
        used = 0
        for half in range(2 * rows + 1):
            here_low = np.iinfo(np.int64).max
            here_high = -1
            if half % 2 == 1:
                i = start + half // 2
                if high[i] >= 0:
                    here_low = 2 * low[i] - 1
                    here_high = 2 * high[i] + 1
            else:
                above = start + half // 2 - 1
                below = start + half // 2
                if half > 0 and high[above] >= 0:
                    here_low = 2 * low[above]
                    here_high = 2 * high[above]
                if half < 2 * rows and high[below] >= 0:
                    here_low = min(here_low, 2 * low[below])
                    here_high = max(here_high, 2 * high[below])
            if here_high >= 0:
                y[used] = half - 1
                left[used] = here_low
                right[used] = here_high
                used += 1
        stack_left = np.empty(used, np.int64)
        stack_right = np.empty(used, np.int64)
        _hull_side(y[:used], left[:used], 1, stack_left)
        _hull_side(y[:used], right[:used], -1, stack_right)
        pixels = 0
        a = 0
        b = 0
        for row in range(rows):
            here = 2 * row
            while y[stack_left[a + 1]] < here:
                a += 1
            while y[stack_right[b + 1]] < here:
                b += 1
            p, q = stack_left[a], stack_left[a + 1]
            # smallest column c with 2 c >= the hull's left side at this row (ceiling of a fraction)
            rise = y[q] - y[p]
            lower = -((-(left[p] * rise + (left[q] - left[p]) * (here - y[p]))) // (2 * rise))
            p, q = stack_right[b], stack_right[b + 1]
            rise = y[q] - y[p]
            upper = (right[p] * rise + (right[q] - right[p]) * (here - y[p])) // (2 * rise)
            pixels += upper - lower + 1
        result[m] = pixels
    return result
