"""A place in an image as a picture: superpixels, the candidate and the result side by side."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Bools
from rlseg.pictures import Rgb, draw_objects, draw_superpixels, grid
from rlseg.prediction.places.explanation import Explanation

AROUND = 48
"""Pixels that are shown on each side of the place, at least; more if the candidate is larger."""
LEAST_SIDE = 300
"""Of each of the pictures."""
MARK = (255, 40, 200)


def draw_place(place: Explanation) -> Rgb:
    """Superpixels, the best candidate if there is one, and the objects found, around a place with a cross on it.

    Of a volume in the plane of the place.

    Args:
        place: what is known about it.
    """
    found = place.found
    sample = found.sample
    plane = ... if place.plane is None else place.plane
    image, superpixels, labels = sample.image[:, plane], sample.superpixels[plane], found.labels[plane]
    candidate = None if place.candidate is None else place.candidate[plane]
    rows, columns = _window(place, candidate, labels.shape)
    image = image[:, rows, columns]
    scale = max(2, -(-LEAST_SIDE // max(image.shape[1:])))
    tiles = [("superpixels", draw_superpixels(image, superpixels[rows, columns], scale))]
    if candidate is not None:
        tiles.append(("best candidate", draw_objects(image, candidate[rows, columns].astype(np.int32), scale)))
    tiles.append(("result", draw_objects(image, labels[rows, columns], scale)))
    for _, tile in tiles:
        _mark(tile, (place.row - rows.start) * scale + scale // 2, (place.column - columns.start) * scale + scale // 2)
    return grid(tiles, columns=len(tiles))


def _window(place: Explanation, candidate: Bools | None, shape: tuple[int, ...]) -> tuple[slice, slice]:
    low = np.array([place.row - AROUND, place.column - AROUND])
    high = np.array([place.row + AROUND, place.column + AROUND])
    if candidate is not None and candidate.any():
        inside = np.argwhere(candidate)
        low, high = np.minimum(low, inside.min(axis=0) - 4), np.maximum(high, inside.max(axis=0) + 4)
    low, high = np.maximum(low, 0), np.minimum(high, np.array(shape) - 1)
    return slice(int(low[0]), int(high[0]) + 1), slice(int(low[1]), int(high[1]) + 1)


def _mark(picture: Rgb, row: int, column: int) -> None:
    """A cross whose middle is left free, for that is what one wants to see."""
    height, width = picture.shape[:2]
    for step in range(4, 11):
        for r, c in ((row + step, column), (row - step, column), (row, column + step), (row, column - step)):
            picture[max(r - 1, 0) : min(r + 1, height), max(c - 1, 0) : min(c + 1, width)] = MARK
