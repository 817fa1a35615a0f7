"""Convex hull images of segments and what is measured on them, exactly as scikit-image defines them (numba)."""

from __future__ import annotations

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled


@compiled
def _hull_side(rows: Ints, columns: Ints, sign: int, stack: Ints) -> int:
    """Monotone chain over points sorted by row: the hull's side of smallest (sign 1) or largest (-1) columns.

    Fills `stack` with the numbers of the points on that side, top to bottom, and returns how many they are.
    """
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


@compiled
def _side_middles(low: Ints, high: Ints, y: Ints, left: Ints, right: Ints) -> int:
    """Outermost midpoints of the pixel sides in every half row, in doubled coordinates, where they are integers.

    Args:
        low, high: (R,) first and last column of the pixels in each row, the latter -1 in rows without any.
        y, left, right: (2 R + 1,) filled with the half row -1, 0, ..., 2 R - 1 and its outermost points.

    Returns:
        How many half rows have points.
    """
    rows = len(low)
    used = 0
    for half in range(2 * rows + 1):
        here_low = np.iinfo(np.int64).max
        here_high = -1
        if half % 2 == 1:
            i = half // 2
            if high[i] >= 0:
                here_low = 2 * low[i] - 1
                here_high = 2 * high[i] + 1
        else:
            above = half // 2 - 1
            below = half // 2
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
    return used


@compiled
def hull_rows(labels: Ints, boxes: Ints, span_start: Ints, spans: Ints) -> tuple[Ints, Ints, Ints]:
    """The convex hull image of each segment, row by row, as `skimage.morphology.convex_hull_image` draws it.

    scikit-image takes the hull of the midpoints of all pixel sides and keeps the pixel centres inside or on it.
    In doubled coordinates these points are integers, so the result is exact.

    Args:
        labels: (K, N) segment ids 0..M-1; what is negative is left out.
        boxes: (M, 4) first row, first column, last row + 1, last column + 1 of each segment.
        span_start, spans: row spans of the superpixels, see `rlseg.regions.RegionStatistics`.

    Returns:
        first: (M + 1,) the rows of segment m are first[m]:first[m + 1], one for each row of its box.
        low, high: first and last column of the hull image in each of these rows.
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
            if m < 0:
                continue
            for s in range(span_start[n], span_start[n + 1]):
                i = first[m] + spans[s, 0] - boxes[m, 0]
                low[i] = min(low[i], spans[s, 1])
                high[i] = max(high[i], spans[s, 2])
    for m in range(count):
        start = first[m]
        rows = first[m + 1] - start
        y = np.empty(2 * rows + 1, np.int64)
        left = np.empty(2 * rows + 1, np.int64)
        right = np.empty(2 * rows + 1, np.int64)
        used = _side_middles(low[start : start + rows], high[start : start + rows], y, left, right)
        stack_left = np.empty(used, np.int64)
        stack_right = np.empty(used, np.int64)
        _hull_side(y[:used], left[:used], 1, stack_left)
        _hull_side(y[:used], right[:used], -1, stack_right)
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
            low[start + row] = -((-(left[p] * rise + (left[q] - left[p]) * (here - y[p]))) // (2 * rise))
            p, q = stack_right[b], stack_right[b + 1]
            rise = y[q] - y[p]
            high[start + row] = (right[p] * rise + (right[q] - right[p]) * (here - y[p])) // (2 * rise)
    return first, low, high


@compiled
def hull_areas(first: Ints, low: Ints, high: Ints) -> Floats:
    """(M,) pixels of the convex hull images that `hull_rows` gives."""
    result = np.zeros(len(first) - 1)
    for m in range(len(result)):
        for i in range(first[m], first[m + 1]):
            result[m] += high[i] - low[i] + 1
    return result


@compiled
def hull_diameters(first: Ints, low: Ints, high: Ints) -> Floats:
    """Largest distance between two points on the outline of each convex hull image of `hull_rows`.

    scikit-image (`feret_diameter_max`) draws the outline through the midpoints between pixels of the hull image and
    their 4-neighbours outside. The two points farthest from each other are corners of the hull of these midpoints,
    of which there are few, so all pairs are tried.

    Returns:
        (M,) pixels.
    """
    result = np.empty(len(first) - 1)
    for m in range(len(result)):
        rows = first[m + 1] - first[m]
        y = np.empty(2 * rows + 1, np.int64)
        left = np.empty(2 * rows + 1, np.int64)
        right = np.empty(2 * rows + 1, np.int64)
        used = _side_middles(low[first[m] : first[m + 1]], high[first[m] : first[m + 1]], y, left, right)
        stack = np.empty(2 * used, np.int64)
        lefts = _hull_side(y[:used], left[:used], 1, stack)
        corners = lefts + _hull_side(y[:used], right[:used], -1, stack[lefts:])
        row = np.empty(corners, np.int64)
        column = np.empty(corners, np.int64)
        for i in range(corners):
            row[i] = y[stack[i]]
            column[i] = left[stack[i]] if i < lefts else right[stack[i]]
        largest = 0
        for i in range(corners):
            for j in range(i):
                largest = max(largest, (row[i] - row[j]) ** 2 + (column[i] - column[j]) ** 2)
        result[m] = np.sqrt(largest) / 2
    return result
