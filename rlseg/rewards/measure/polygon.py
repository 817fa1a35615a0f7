"""Polygons: whether they are drawn as they should be, and their moments."""

from __future__ import annotations

from math import comb

from rlseg.arrays import Floats, np


def first_crossing(points: Floats) -> tuple[int, int] | None:
    """Two sides of a closed polygon that cross or touch although they are not neighbours.

    Args:
        points: (P, 2) corners, P >= 3; side i leads from corner i to the next.

    Returns:
        The numbers of the two sides, smaller first, or None.
    """
    start, end = points, np.roll(points, -1, axis=0)
    # (P, P): on which side of the line through side i lie both ends of side j
    of_start, of_end = _turns(start, end, start), _turns(start, end, end)
    apart = of_start * of_end > 0
    low, high = np.minimum(start, end), np.maximum(start, end)
    boxes_apart = ((low[:, None] > high[None]) | (low[None] > high[:, None])).any(axis=-1)
    meet = ~(apart | apart.T | boxes_apart)
    i, j = np.indices(meet.shape)
    steps = (j - i) % len(points)
    found = np.argwhere(meet & (i < j) & (steps > 1) & (steps < len(points) - 1))
    return None if not len(found) else (int(found[0, 0]), int(found[0, 1]))


def _turns(start: Floats, end: Floats, points: Floats) -> Floats:
    """(P, P) sign of the turn at the end of side i towards point j."""
    side = (end - start)[:, None]
    towards = points[None] - start[:, None]
    return np.sign(side[..., 0] * towards[..., 1] - side[..., 1] * towards[..., 0])


def polygon_moments(points: Floats) -> tuple[float, Floats]:
    """Area and central moments of the inside of a polygon that does not cross itself.

    By Green's theorem, C. Steger, On the calculation of arbitrary moments of polygons (1996).

    Args:
        points: (P, 2) corners (row, column) in either direction.

    Returns:
        The area, and (7,) integrals of rr, rc, cc, rrr, rrc, rcc, ccc with r and c from the centroid.
    """
    points = points - points.mean(axis=0)
    area = _integral(points, 0, 0)  # negative if the corners run clockwise, as the other integrals then are
    centroid = np.array([_integral(points, 1, 0), _integral(points, 0, 1)]) / area
    orders = [(2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]
    central = [_integral(points - centroid, p, q) for p, q in orders]
    return abs(area), np.array(central) * np.sign(area)


def polygon_area(points: Floats) -> float:
    """Area of the inside of a polygon that does not cross itself, from its (P, 2) corners."""
    return abs(_integral(points - points.mean(axis=0), 0, 0))


def _integral(points: Floats, p: int, q: int) -> float:
    """Integral of r^p c^q over the inside."""
    (r0, c0), (r1, c1) = np.roll(points, 1, axis=0).T, points.T
    mixed = sum(
        comb(k + j, j) * comb(p + q - k - j, q - j) * r1**k * r0 ** (p - k) * c1**j * c0 ** (q - j)
        for k in range(p + 1)
        for j in range(q + 1)
    )
    return float(((r0 * c1 - r1 * c0) * mixed).sum() / ((p + q + 2) * (p + q + 1) * comb(p + q, p)))
