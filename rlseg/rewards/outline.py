"""Perimeter and convex hull of segments, exactly as scikit-image defines them on the union mask (numba)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from rlseg.rewards.accumulate import Floats, Ints

_jit = numba.njit(nogil=True, cache=True)

_ROOT = float(np.sqrt(2.0))


@_jit
def perimeters(labels: Ints, count: int, superpixels: npt.NDArray[np.int32], rim: Ints) -> Floats:
    """Length of the chain through the border pixels of each segment, `skimage.measure.perimeter(neighborhood=4)`.

    A border pixel has a 4-neighbour outside its segment (or the image). It counts 1, sqrt(2) or their mean by how many
    of its neighbours are border pixels of the same segment, after K. Benkrid & D. Crookes, Design and FPGA
    Implementation of a Perimeter Estimator (2000).

    Args:
        labels: (K, N) segment ids; count: number of segments.
        superpixels: (H, W); rim: flat indices of the pixels that can be border pixels.

    Returns:
        (count,) pixels.
    """
    height, width = superpixels.shape
    result = np.zeros(count)
    # one frame around the image spares the bounds checks; -1 marks "no border pixel of any segment"
    border = np.full((height + 2, width + 2), -1, np.int64)
    for k in range(labels.shape[0]):
        row_labels = labels[k]
        found = 0
        chain = np.empty(len(rim), np.int64)
        for i in range(len(rim)):
            r = rim[i] // width
            c = rim[i] - r * width
            own = row_labels[superpixels[r, c]]
            if (
                r == 0
                or c == 0
                or r == height - 1
                or c == width - 1
                or row_labels[superpixels[r - 1, c]] != own
                or row_labels[superpixels[r + 1, c]] != own
                or row_labels[superpixels[r, c - 1]] != own
                or row_labels[superpixels[r, c + 1]] != own
            ):
                border[r + 1, c + 1] = own
                chain[found] = (r + 1) * (width + 2) + c + 1
                found += 1
        for i in range(found):
            r = chain[i] // (width + 2)
            c = chain[i] - r * (width + 2)
            own = border[r, c]
            straight = (
                (border[r - 1, c] == own)
                + (border[r + 1, c] == own)
                + (border[r, c - 1] == own)
                + (border[r, c + 1] == own)
            )
            diagonal = (
                (border[r - 1, c - 1] == own)
                + (border[r - 1, c + 1] == own)
                + (border[r + 1, c - 1] == own)
                + (border[r + 1, c + 1] == own)
            )
            code = 1 + 2 * straight + 10 * diagonal
            if code == 5 or code == 7 or code == 15 or code == 17 or code == 25 or code == 27:
                result[own] += 1.0
            elif code == 21 or code == 33:
                result[own] += _ROOT
            elif code == 13 or code == 23:
                result[own] += (1.0 + _ROOT) / 2.0
        for i in range(found):
            border[chain[i] // (width + 2), chain[i] % (width + 2)] = -1
    return result


@_jit
def _hull_side(rows: Ints, columns: Ints, sign: int, stack: Ints) -> int:
    """Monotone chain over points sorted by row; keeps the hull side whose columns are smallest (sign 1) or largest (-1)."""
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
    return size


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
        size_left = _hull_side(y[:used], left[:used], 1, stack_left)
        size_right = _hull_side(y[:used], right[:used], -1, stack_right)
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
