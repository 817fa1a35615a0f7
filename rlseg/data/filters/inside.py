"""Distances within a mask."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Bools, Labels, Map
from rlseg.jit import jit

# px that rows are compared with themselves; where something lies deeper, lower envelopes of parabolas are faster
_NEAR = 48
# more than any distance that counts, and its square fits into int32
_FAR = 1 << 14


def distance_inside(mask: Bools, spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
    """Distance of the True pixels to the nearest False one, two to four times faster than bioimage_cpp's
    where nothing lies deeper than 48 px.

    Along the columns, then for each row the least sum of squares over all its columns, nearest first (T. Saito and J.
    Toriwaki, New algorithms for Euclidean distance transformation, 1994).

    Args:
        mask: (H, W) or (Z, H, W) with a False pixel.
        spacing: sides of a voxel in px.

    Returns:
        float64 of this shape in px, of images roots of whole numbers, 0 where the mask is False.
    """
    if mask.ndim == 3:
        return _distance_of_volume(np.ascontiguousarray(mask), spacing)
    squares = np.empty(mask.shape, np.int32)
    if mask.size and _square(np.ascontiguousarray(mask), squares):
        return np.sqrt(squares, dtype=np.float64)
    import bioimage_cpp as bic  # only where something lies deep

    # float32, but the squares are whole numbers
    return np.sqrt(np.rint(np.square(bic.distance.distance_transform(mask), dtype=np.float64)))


def _distance_of_volume(mask: Bools, spacing: tuple[float, ...]) -> Map:
    found = np.empty(mask.shape)
    if spacing[1:] == (1, 1) and mask.size and _square_volume(mask, float(spacing[0]), found):
        # rounded as bioimage_cpp does
        return np.sqrt(found, out=found).astype(np.float32).astype(np.float64)
    import bioimage_cpp as bic

    return np.asarray(bic.distance.distance_transform(mask, sampling=spacing), np.float64)


@jit
def _square_volume(mask: Bools, distance: float, found: Map) -> bool:
    """Squared distances in a volume whose planes are so far apart: those within each plane, then the least over the
    planes, nearest first; False if one of them is not found near enough."""
    depth, height, width = mask.shape
    squares = np.empty(mask.shape, np.int32)
    for z in range(depth):
        if mask[z].all():
            squares[z] = _FAR * _FAR
        elif not _square(mask[z], squares[z]):
            return False
    for z in range(depth):
        for r in range(height):
            row, mine = found[z, r], squares[z, r]
            most = 0.0
            for c in range(width):
                row[c] = mine[c]
                most = max(most, row[c])
            k = 1
            while (k * distance) ** 2 < most:
                if z < k and z + k >= depth:  # there are no planes any more
                    break
                if k > _NEAR:
                    return False
                square = (k * distance) ** 2
                for beside in (z - k, z + k):
                    if 0 <= beside < depth:
                        other = squares[beside, r]
                        for c in range(width):
                            row[c] = min(row[c], other[c] + square)
                most = row.max()
                k += 1
            if most >= _FAR * _FAR:
                return False
    return True


@jit
def _square(mask: Bools, squares: Labels) -> bool:
    """Squared distances; False if one of them is not found near enough."""
    height, width = mask.shape
    for r in range(height):
        for c in range(width):
            before = squares[r - 1, c] if r > 0 else _FAR
            squares[r, c] = min(before + 1, _FAR) if mask[r, c] else 0
    for r in range(height - 2, -1, -1):
        for c in range(width):
            squares[r, c] = min(squares[r, c], squares[r + 1, c] + 1)
    column = np.full(width + 2 * _NEAR, _FAR * _FAR, np.int32)
    for r in range(height):
        row = squares[r]
        for c in range(width):
            row[c] *= row[c]
        column[_NEAR : _NEAR + width] = row
        k = 1
        while k * k < row.max():
            if k > _NEAR:
                return False
            left, right = column[_NEAR - k : _NEAR - k + width], column[_NEAR + k : _NEAR + k + width]
            square = np.int32(k * k)
            for c in range(width):
                row[c] = min(row[c], min(left[c], right[c]) + square)
            k += 1
    return True
