"""Circle Hough Transform and circle support by plain definitions on masks."""

from __future__ import annotations

from itertools import product

import numpy as np


def boundary(mask: np.ndarray) -> np.ndarray:
    """(P, 2) midpoints of the pixel sides between a mask and the rest of the image."""
    rows, right = np.nonzero(mask[:, 1:] != mask[:, :-1])
    down, columns = np.nonzero(mask[1:] != mask[:-1])
    return np.concatenate([np.stack([rows, right + 0.5], 1), np.stack([down + 0.5, columns], 1)])


def slow_circle(mask: np.ndarray, low: float, high: float) -> tuple[float, float, float, float]:
    """h, row, column and radius of the best circle."""
    area = mask.sum()
    best = (0.0, 0.0, 0.0, 0.0)
    if not 0.1 * np.pi * low**2 <= area <= 1.4 * np.pi * high**2:
        return best
    center = np.argwhere(mask).mean(0)
    points = boundary(mask)
    for y, x in sorted(product((-1, 0, 1), repeat=2), key=lambda move: move != (0, 0)):
        apart = points - center - (y, x)
        distance = np.hypot(*apart.T)
        bins = np.round(np.arctan2(apart[:, 0], apart[:, 1]) / (2 * np.pi) * 32).astype(int) % 32
        for radius in np.linspace(low, high, max(int(np.ceil(high - low)), 1) + 1):
            hit = len(set(bins[np.abs(distance - radius) <= 1 + 1e-9])) / 32
            disc = np.pi * radius**2
            score = hit * min(area / disc, disc / area)
            if score > best[0] + 1e-12:
                best = (score, center[0] + y, center[1] + x, radius)
    return best


def slow_pieces(
    labels: np.ndarray, own: int, circle: tuple[float, ...], ignored: frozenset[int] | set[int] = frozenset()
) -> float:
    """1 / number of segments with a boundary at least 1 px within the circle; the own one counts, ignored do not."""
    row, column, radius = circle
    inside = {own}
    for other in np.unique(labels):
        apart = np.hypot(*(boundary(labels == other) - (row, column)).T)
        if int(other) not in ignored and (apart <= radius - 1 + 1e-9).any():
            inside.add(int(other))
    return 1 / len(inside)
