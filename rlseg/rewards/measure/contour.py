"""How far the outline of every segment is from being a circle (numba)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled

if TYPE_CHECKING:
    import numpy.typing as npt


@compiled
def contour_spread(
    labels: Ints, count: int, edge_index: Ints, crack_start: Ints, crack_points: npt.NDArray[np.int32]
) -> Floats:
    """Mean and standard deviation of the distances of each segment's boundary cracks from their middle.

    The middle is the mean of the cracks. Their ratio is the circularity of R. M. Haralick, A measure for circularity of
    digital figures (IEEE Transactions on Systems, Man, and Cybernetics 4, 1974). The border of the image is no
    boundary, so that a background and what it surrounds have one contour in common.

    Args:
        labels: (K, N) segment ids 0..count-1.
        edge_index, crack_start, crack_points: see `RegionStatistics`.

    Returns:
        (count, 2) pixels; 0 for segments without boundary.
    """
    length = np.zeros(count)
    middle = np.zeros((count, 2))
    for k in range(len(labels)):
        for e in range(edge_index.shape[1]):
            ends = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if ends[0] != ends[1]:
                row, column = 0, 0  # whole numbers: the sum does not depend on the order
                for p in range(crack_start[e], crack_start[e + 1]):
                    row += crack_points[p, 0]
                    column += crack_points[p, 1]
                for m in ends:
                    length[m] += crack_start[e + 1] - crack_start[e]
                    middle[m, 0] += row
                    middle[m, 1] += column
    for m in range(count):
        middle[m] /= max(length[m], 1.0)
    sums = np.zeros((count, 2))
    for k in range(len(labels)):
        for e in range(edge_index.shape[1]):
            ends = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if ends[0] != ends[1]:
                for m in ends:
                    for p in range(crack_start[e], crack_start[e + 1]):
                        down, right = crack_points[p, 0] - middle[m, 0], crack_points[p, 1] - middle[m, 1]
                        square = down * down + right * right
                        sums[m, 0] += np.sqrt(square)
                        sums[m, 1] += square
    for m in range(count):
        n = max(length[m], 1.0)
        mean = sums[m, 0] / n
        sums[m, 0] = mean / 2  # crack_points are twice the places
        sums[m, 1] = np.sqrt(max(sums[m, 1] / n - mean * mean, 0.0)) / 2
    return sums
