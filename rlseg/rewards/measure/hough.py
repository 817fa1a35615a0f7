"""The Circle Hough Transform of every segment: votes of its outline for the centres of circles (numba)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.circles import LARGEST, SMALLEST, edges_of

if TYPE_CHECKING:
    import numpy.typing as npt


def whole_radii(low: float, high: float, most: float) -> Ints:
    """(R,) the whole numbers from low to high, both rounded and at least 1; those above `most` are left out."""
    first = max(int(np.floor(low + 0.5)), 1) if low <= most else 1
    last = int(np.floor(min(high, most) + 0.5))
    return np.arange(first, max(last, first) + 1) if low <= most else np.empty(0, np.int64)


@compiled
def _circle(radius: int, points: Ints) -> int:
    """Put the pixels of a circle around (0, 0) into points (P, 2), by Bresenham's method; returns their number.

    They are those of `skimage.draw.circle_perimeter`, which names the points on the axes, and those on the diagonals if
    it meets them, twice: eight arcs that share their ends. At most 8 (radius + 1).
    """
    count = 0
    row, column, doubt = radius, 0, 3 - 2 * radius
    while row >= column:
        for swap in range(2):
            y, x = (column, row) if swap else (row, column)
            for sign in range(4):
                points[count, 0] = -y if sign % 2 else y
                points[count, 1] = -x if sign >= 2 else x
                count += 1
        if doubt < 0:
            doubt += 4 * column + 6
        else:
            doubt += 4 * (column - row) + 10
            row -= 1
        column += 1
    return count


def hough_circles(regions: RegionStatistics, labels: Ints, area: Floats, low: float, high: float) -> Floats:
    """The circle that most of every segment's outline votes for.

    The outline of a segment are the pixels on both sides of its boundary (`skimage.segmentation.find_boundaries` with
    mode "thick"); the border of the image is none. Each of them votes, for every radius r, once for each pixel of the
    circle with this radius around it: any of these could be the centre, within the segment or not, in the image or not.
    v = votes of the best centre and radius over those that a whole circle casts, the number of its pixels: the largest
    value of `skimage.transform.hough_circle` (normalised, full output). Of equally good ones the smallest radius
    counts, then the first centre in reading order. Segments with A < 0.1 pi low^2 or A > 1.4 pi high^2 get 0.

    Args:
        regions: tables of the image.
        labels: (K, N) segment ids 0..M-1; what is negative is left out.
        area: (M,) pixels.
        low, high: radii in pixels, 0 < low <= high; whole ones between them are tried.

    Returns:
        (M, 4) v in [0, 1], row, column and radius in pixels; all 0 for segments that are no circle.
    """
    radii = whole_radii(low, high, float(np.hypot(*regions.shape)))
    if not len(radii):
        return np.zeros((len(area), 4))
    possible = (area >= SMALLEST * np.pi * low**2) & (area <= LARGEST * np.pi * high**2)
    bounds, edges = edges_of(labels, regions.edge_index, possible)
    return _vote(bounds, edges, regions.crack_start, regions.crack_points, *regions.shape, radii)


@compiled
def _outline(
    edges: Ints, crack_start: Ints, crack_points: npt.NDArray[np.int32], width: int, own: int, seen: Ints, points: Ints
) -> int:
    """Put the pixels on both sides of the cracks of some edges into points (P, 2), each once; returns their number.

    seen: (H * W,) where those of segment `own` are noted.
    """
    count = 0
    for i in range(len(edges)):
        for p in range(crack_start[edges[i]], crack_start[edges[i] + 1]):
            row, column = crack_points[p, 0], crack_points[p, 1]
            # one of the two is odd: the crack is half way between two pixels in that direction
            for side in range(2):
                y, x = (row + side * (row % 2)) // 2, (column + side * (column % 2)) // 2
                if seen[y * width + x] != own:
                    seen[y * width + x] = own
                    points[count, 0] = y
                    points[count, 1] = x
                    count += 1
    return count


@compiled
def _vote(
    bounds: Ints,
    edges: Ints,
    crack_start: Ints,
    crack_points: npt.NDArray[np.int32],
    height: int,
    width: int,
    radii: Ints,
) -> Floats:
    """(M, 4) v, row, column and radius of each segment.

    Args:
        bounds, edges: the cut edges of segment m are edges[bounds[m]:bounds[m + 1]], none for those left out.
        crack_start, crack_points: of the image's edges; height, width: of the image.
        radii: (R,) ascending.
    """
    found = np.zeros((len(bounds) - 1, 4))
    seen = np.full(height * width, -1, np.int64)
    points = np.empty((2 * len(crack_points), 2), np.int64)
    votes = np.empty(0, np.int32)
    circle = np.empty((8 * (radii[-1] + 1), 2), np.int64)
    for m in range(len(found)):
        if bounds[m] == bounds[m + 1]:
            continue
        count = _outline(edges[bounds[m] : bounds[m + 1]], crack_start, crack_points, width, m, seen, points)
        top, left, bottom, right = points[0, 0], points[0, 1], points[0, 0], points[0, 1]
        for p in range(count):
            top, bottom = min(top, points[p, 0]), max(bottom, points[p, 0])
            left, right = min(left, points[p, 1]), max(right, points[p, 1])
        for reach in radii:
            whole = _circle(reach, circle)
            # a point of the outline votes once for a centre, and again at the up to 8 points that a circle names twice
            if count + 8 <= found[m, 0] * whole:
                continue
            across = right - left + 1 + 2 * reach
            size = (bottom - top + 1 + 2 * reach) * across
            if size > len(votes):
                votes = np.empty(size, np.int32)
            votes[:size] = 0
            for p in range(count):
                first = (points[p, 0] - top + reach) * across + points[p, 1] - left + reach
                for q in range(whole):
                    votes[first + circle[q, 0] * across + circle[q, 1]] += 1
            most = np.int32(0)
            for place in range(size):
                most = max(most, votes[place])
            if most / whole > found[m, 0]:
                place = 0
                while votes[place] < most:
                    place += 1
                found[m, 0] = most / whole
                found[m, 1] = place // across + top - reach
                found[m, 2] = place % across + left - reach
                found[m, 3] = reach
    return found
