"""The paths of composite regions of ImageJ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.arrays import Floats

# a step of a path: 0 move, 1 line, 2 curve with one control point, 3 with two, 4 close (java.awt.geom.PathIterator)
_POINTS = {0: 1, 1: 1, 2: 2, 3: 3, 4: 0}
_ALONG = np.linspace(0, 1, 17)[1:, None]


def rings_of_path(path: Sequence[float]) -> list[Floats]:
    """The closed rings of a path, (N, 2) x, y each; curves become 16 lines.

    Raises:
        ValueError: it is no path.
    """
    rings: list[list[Floats]] = []
    place = 0
    while place < len(path):
        step = int(path[place])
        count = _POINTS.get(step)
        numbers = path[place + 1 : place + 1 + 2 * (count or 0)]
        if count is None or len(numbers) < 2 * count or (step and not rings):
            raise ValueError("no path of a composite region")
        place += 1 + len(numbers)
        points = np.reshape(numbers, (-1, 2)).astype(np.float64)
        if step == 0:
            rings.append([points])
        elif step < 4:
            rings[-1].append(_curve(np.concatenate([rings[-1][-1][-1:], points])) if step > 1 else points)
    return [np.concatenate(ring) for ring in rings]


def _curve(control: Floats) -> Floats:
    """(16, 2) points on a Bezier curve after its first, by repeated linear interpolation. control: (n, 2)."""
    points = np.repeat(control[:, None], len(_ALONG), axis=1)
    while len(points) > 1:
        points = points[:-1] * (1 - _ALONG) + points[1:] * _ALONG
    return points[0]
