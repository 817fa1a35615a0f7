"""Outlines of objects along the edges of their pixels, so that nothing is lost."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyLabels
from rlseg.graph import pieces_of_equals

Ring = npt.NDArray[np.int64]
Polygon = list[Ring]


def polygons(labels: AnyLabels) -> dict[int, list[Polygon]]:
    """The polygons of every object.

    Args:
        labels: (H, W), 0 = background.

    Returns:
        Label -> its polygons, one for each part that hangs together by the sides of pixels. A polygon is its outline
        and then its holes, each (N, 2) corners as x, y = column, row: the first pixel reaches from 0, 0 to 1, 1. No
        corner is repeated, none lies on a straight line. The area sum(x1 * y2 - x2 * y1) / 2 is positive for outlines
        and negative for holes.
    """
    # rings are followed along cracks, the sides of pixels between two parts, with the part at the right hand on the
    # screen; a crack is the number ((part * rows of corners + y) * columns of corners + x) * 4 + direction
    height, width = labels.shape
    rows, columns = height + 1, width + 1
    parts = np.pad(pieces_of_equals(labels, ground=0), 1).astype(np.int64)
    inner = parts[1:-1, 1:-1]
    found = []
    for side, (row, column, down, right) in enumerate(((0, 1, 0, 0), (1, 2, 0, 1), (2, 1, 1, 1), (1, 0, 1, 0))):
        r, c = np.nonzero((inner > 0) & (inner != parts[row : row + height, column : column + width]))
        found.append(((inner[r, c] * rows + r + down) * columns + c + right) * 4 + side)
    cracks = np.sort(np.concatenate(found))
    direction = cracks % 4
    end = cracks - direction + 4 * np.array([1, columns, -1, -columns])[direction]
    follow = np.zeros(len(cracks), np.int64)
    for turn in (3, 0, 1):  # where there are two ways, the last one stays at the same pixel
        wanted = end + (direction + turn) % 4
        place = np.minimum(np.searchsorted(cracks, wanted), len(cracks) - 1)
        follow = np.where(cracks[place] == wanted, place, follow)
    corner = (direction[follow] != direction).tolist()
    y, x = np.divmod(end // 4 % (rows * columns), columns)
    part, first = np.unique(inner, return_index=True)
    name = dict(zip(part.tolist(), labels.flat[first].tolist(), strict=True))
    of_part: dict[int, Polygon] = {}
    for start, loop in _loops(follow.tolist(), corner):
        number = int(cracks[start]) // (4 * rows * columns)
        for ring in _simple([(int(x[e]), int(y[e])) for e in loop]):
            polygon = of_part.setdefault(number, [])
            polygon.insert(len(polygon) if _area(ring) < 0 else 0, ring)
    result: dict[int, list[Polygon]] = {}
    for number, polygon in sorted(of_part.items(), key=lambda item: (name[item[0]], item[0])):
        result.setdefault(name[number], []).append(polygon)
    return result


def _loops(follow: list[int], corner: list[bool]) -> list[tuple[int, list[int]]]:
    """The first crack of each cycle, and its cracks that end in a corner."""
    loops = []
    done = bytearray(len(follow))
    for start in range(len(follow)):
        loop = []
        crack = start
        while not done[crack]:
            done[crack] = 1
            if corner[crack]:
                loop.append(crack)
            crack = follow[crack]
        if loop:
            loops.append((start, loop))
    return loops


def _simple(loop: list[tuple[int, int]]) -> list[Ring]:
    """Cut a ring where it touches itself."""
    rings = []
    path: list[tuple[int, int]] = []
    place: dict[tuple[int, int], int] = {}
    for point in loop:
        if point in place:
            cut = place[point]
            rings.append(np.array(path[cut:]))
            for gone in path[cut:]:
                del place[gone]
            del path[cut:]
        place[point] = len(path)
        path.append(point)
    rings.append(np.array(path))
    return rings


def _area(ring: Ring) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
