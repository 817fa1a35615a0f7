"""Outlines back to pixels: a pixel is inside if an odd number of sides lies to its left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def fill(rings: Iterable[Sequence[Sequence[float]]], shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool, of rings of x, y along the edges of pixels."""
    sides = np.zeros((shape[0], shape[1] + 1), int)
    for ring in rings:
        points = [(int(x), int(y)) for x, y in ring]
        for (x, y), (other, below) in zip(points, [*points[1:], points[0]], strict=True):
            assert x == other or y == below
            if x == other:
                sides[min(y, below) : max(y, below), x] += 1
    return (np.cumsum(sides, axis=1)[:, :-1] % 2).astype(bool)
