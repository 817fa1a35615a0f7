"""Outlines of segments, exactly as scikit-image defines them on the union mask (numba)."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled

if TYPE_CHECKING:
    import numpy.typing as npt


def _half_steps() -> tuple[tuple[tuple[int, int], ...], ...]:
    """What a border pixel counts by its number of straight and of diagonal neighbours among the border pixels.

    In halves of 1 and of sqrt(2): whole numbers, whose sums do not depend on their order.
    """
    straight, diagonal, both = (2, 0), (0, 2), (1, 1)
    steps = dict.fromkeys((5, 7, 15, 17, 25, 27), straight) | {21: diagonal, 33: diagonal, 13: both, 23: both}
    # scikit-image's code of a pixel: 1 + 2 straight + 10 diagonal neighbours
    return tuple(tuple(steps.get(1 + 2 * s + 10 * d, (0, 0)) for d in range(5)) for s in range(5))


_HALF_STEPS = _half_steps()


def _crofton_shares() -> tuple[float, ...]:
    """What each pattern of `quad_counts` adds to the perimeter by Crofton's formula with four directions."""
    straight, slanted = pi / 4, pi / (4 * sqrt(2))
    shares = {1: straight + slanted, 2: slanted, 3: 2 * slanted, 5: straight + slanted, 7: slanted, 8: straight}
    shares |= {9: 2 * straight, 10: slanted, 11: slanted, 12: straight, 13: 2 * straight}
    return tuple(shares.get(code, 0.0) for code in range(16))


CROFTON = _crofton_shares()
"""Perimeter per pattern of `quad_counts` (`skimage.measure.perimeter_crofton`, four directions), in px."""
EULER = (0, 0, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, -1, 0)
"""Objects minus holes per pattern of `quad_counts` (`skimage.measure.euler_number`, 8-neighbourhood)."""


@compiled
def perimeters(labels: Ints, count: int, framed: npt.NDArray[np.int32], start: Ints, rim: Ints, width: int) -> Floats:
    """Length of the chain through the border pixels of each segment, `skimage.measure.perimeter(neighborhood=4)`.

    A border pixel has a 4-neighbour outside its segment (or the image). It counts 1, sqrt(2) or their mean by how many
    of its neighbours are border pixels of the same segment, after K. Benkrid & D. Crookes, Design and FPGA
    Implementation of a Perimeter Estimator (2000).

    Args:
        labels: (K, N) segment ids, what is negative is left out; count: number of segments.
        framed: superpixels in a frame of N (`RegionStatistics.framed`); width: W + 2, the length of its rows.
        start, rim: `RegionStatistics.rim_of_nodes`, the pixels that can be border pixels as indices into `framed`.

    Returns:
        (count,) pixels.
    """
    nodes = labels.shape[1]
    halves = np.zeros((count, 2), np.int64)
    step = np.array(_HALF_STEPS)
    own_of = np.empty(nodes + 1, np.int32)
    own_of[nodes] = -1  # the frame
    border = np.full(len(framed), -2, np.int32)  # segment of each border pixel, -2 elsewhere
    chain = np.empty(len(rim), np.int64)
    for k in range(labels.shape[0]):
        for n in range(nodes):
            own_of[n] = labels[k, n]
        found = 0
        for n in range(nodes):
            own = own_of[n]
            if own < 0:
                continue
            for i in range(start[n], start[n + 1]):
                p = rim[i]
                across = own_of[framed[p - width]] != own or own_of[framed[p + width]] != own
                if across or own_of[framed[p - 1]] != own or own_of[framed[p + 1]] != own:
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
            halves[own, 0] += step[straight, diagonal, 0]
            halves[own, 1] += step[straight, diagonal, 1]
        for i in range(found):
            border[chain[i]] = -2
    return (halves[:, 0] + sqrt(2) * halves[:, 1]) / 2


@compiled
def quad_counts(labels: Ints, count: int, framed: npt.NDArray[np.int32], quads: Ints, width: int) -> Ints:
    """How often each pattern of 2 x 2 pixels occurs along the outline of each segment.

    The code of a pattern is that of scikit-image: 1 for the lower right pixel + 4 for the one to its left + 2 for the
    one above + 8 for the one above left, if it belongs to the segment. Patterns inside a segment (15) or outside of it
    (0) are not counted, for no measure needs them.

    Args:
        labels: (K, N) segment ids; count: number of segments.
        framed: superpixels in a frame of N (`RegionStatistics.framed`); width: W + 2, the length of its rows.
        quads: lower right pixels, as indices into `framed`, of the quads that hold several superpixels.

    Returns:
        (count, 16) int64.
    """
    nodes = labels.shape[1]
    result = np.zeros((count, 16), np.int64)
    own_of = np.empty(nodes + 1, np.int32)
    own_of[nodes] = -1  # the frame
    for k in range(labels.shape[0]):
        for n in range(nodes):
            own_of[n] = labels[k, n]
        for i in range(len(quads)):
            p = quads[i]
            here = own_of[framed[p]]
            left = own_of[framed[p - 1]]
            above = own_of[framed[p - width]]
            across = own_of[framed[p - width - 1]]
            if here == left and here == above and here == across:
                continue
            # each segment once: at its first pixel of the four
            if here >= 0:
                result[here, 1 + 4 * (left == here) + 2 * (above == here) + 8 * (across == here)] += 1
            if left >= 0 and left != here:
                result[left, 4 + 2 * (above == left) + 8 * (across == left)] += 1
            if above >= 0 and above != here and above != left:
                result[above, 2 + 8 * (across == above)] += 1
            if across >= 0 and across != here and across != left and across != above:
                result[across, 8] += 1
    return result
