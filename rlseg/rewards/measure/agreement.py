"""How well segments agree with what several ways of looking propose, in compiled loops."""

from __future__ import annotations

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled


@compiled
def _in_order(labels: Ints, count: int) -> tuple[Ints, Ints]:
    """Regions sorted by their segment, those of none (-1) left out: (R,) regions and (count + 1,) where each begins."""
    start = np.zeros(count + 1, np.int64)
    for segment in labels:
        if segment >= 0:
            start[segment + 1] += 1
    start = np.cumsum(start)
    place = start[:-1].copy()
    order = np.empty(start[count], np.int64)
    for n in range(len(labels)):
        if labels[n] >= 0:
            order[place[labels[n]]] = n
            place[labels[n]] += 1
    return order, start


@compiled
def best_overlaps(
    labels: Ints, size: Floats, start: Ints, index: Ints, pixels: Floats, area: Floats, view: Ints, views: int
) -> Floats:
    """Mean over the views of the largest IoU that a segment has with one of their segments.

    Args:
        labels: (K, N) segments 0..M-1, each in one row alone, -1 for regions that are not asked for.
        size: (M,) pixels of the segments.
        start, index, pixels, area, view, views: see `Proposals`.

    Returns:
        (M,) in [0, 1].
    """
    count = len(size)
    result = np.zeros(count)
    shared = np.zeros(len(area))
    met = np.empty(len(area), np.int64)
    best = np.zeros(views)
    for k in range(len(labels)):
        order, first = _in_order(labels[k], count)
        for segment in range(count):
            if first[segment] == first[segment + 1]:
                continue
            many = 0
            for n in order[first[segment] : first[segment + 1]]:
                for i in range(start[n], start[n + 1]):
                    g = index[i]
                    if shared[g] == 0:
                        met[many] = g
                        many += 1
                    shared[g] += pixels[i]
            for i in range(many):
                g = met[i]
                # shares of pixels add up to a whole but for rounding
                overlap = min(1.0, shared[g] / (size[segment] + area[g] - shared[g]))
                best[view[g]] = max(best[view[g]], overlap)
                shared[g] = 0.0
            for v in range(views):
                result[segment] += best[v]
                best[v] = 0.0
            result[segment] /= views
    return result
