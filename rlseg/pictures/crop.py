"""One object on a piece of its image."""

from __future__ import annotations

import numpy as np
from PIL import Image

from rlseg.arrays import Bools
from rlseg.pictures.drawing import Rgb, enlarge, outlines

MARGIN = 12
"""Pixels of the image around the object."""


def draw_crop(picture: Rgb, mask: Bools, side: int = 176, colour: tuple[int, int, int] = (255, 214, 64)) -> Rgb:
    """A square piece of a picture around an object, with its outline.

    Args:
        picture: (H, W, 3) the whole image.
        mask: (H, W) the object; at least one pixel.
        side: of the result, in pixels.
        colour: of the outline.

    Returns:
        (side, side, 3) uint8; what would lie beyond the image is dark gray.
    """
    rows, columns = np.nonzero(mask)
    low, high = np.array([rows.min(), columns.min()]), np.array([rows.max(), columns.max()]) + 1
    size = int((high - low).max()) + 2 * MARGIN
    corner = (low + high - size) // 2
    piece = _window(picture, corner, size, 48)
    inside = _window(mask.astype(np.int32), corner, size, 0)
    factor = max(1, -(-side // size))
    large = np.array(Image.fromarray(piece).resize((size * factor, size * factor), Image.Resampling.BICUBIC))
    large[outlines(enlarge(inside, factor)) > 0] = colour
    return np.asarray(Image.fromarray(large).resize((side, side), Image.Resampling.LANCZOS))


def _window(values: np.ndarray, corner: np.ndarray, size: int, beyond: int) -> np.ndarray:
    """values[corner : corner + size] in both directions, also where that leaves the array."""
    result = np.full((size, size, *values.shape[2:]), beyond, values.dtype)
    low, high = np.maximum(corner, 0), np.minimum(corner + size, values.shape[:2])
    to = low - corner
    to_row, to_column = to[0] + high[0] - low[0], to[1] + high[1] - low[1]
    result[to[0] : to_row, to[1] : to_column] = values[low[0] : high[0], low[1] : high[1]]
    return result
