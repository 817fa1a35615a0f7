"""The pixels of a polygon: those whose centre it goes around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools
from rlseg.io.outlines.shapes import Mask, Polygon, Ring, Shape

# Share of the pixels of a ring that it may go around twice or the wrong way: a hand that closes an outline overshoots.
_SLIP = 0.05


@dataclass(frozen=True)
class Filled:
    """A shape as pixels.

    Attributes:
        mask: those that lie in the image, in the smallest box; may be empty.
        crossed: whether an outline crosses itself, so that nobody can say what is inside.
    """

    mask: Mask
    crossed: bool

    @property
    def count(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.mask.pixels))


def fill(shape: Shape, size: tuple[int, int]) -> Filled:
    """The pixels of a shape in an image of (H, W) pixels, size.

    A pixel belongs to a polygon if its centre lies in an odd number of rings. A centre on an outline belongs to the
    side of larger rows and columns, so that shapes with a common side share no pixel.
    """
    boxes = np.array([_box(part) for part in shape.parts])
    top, left = np.maximum(boxes[:, :2].min(axis=0), 0)
    bottom, right = np.minimum(boxes[:, 2:].max(axis=0), size)
    inside = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.bool_)
    crossed = False
    if inside.size:
        for part in shape.parts:
            if isinstance(part, Mask):
                _paste(inside, part, top, left)
                continue
            pixels = np.zeros_like(inside)
            for ring in part.rings:
                turns = winding(ring, top, left, inside.shape)
                crossed |= _crosses(turns)
                pixels ^= turns != 0
            inside |= pixels
    return Filled(Mask(int(top), int(left), inside), crossed)


def winding(ring: Ring, top: int, left: int, size: tuple[int, int]) -> npt.NDArray[np.int64]:
    """How many times a ring goes around the centre of each pixel of a window: (h, w), negative the other way round.

    It is the sum over the sides of the ring that cross the pixel's row left of its centre of +1 (downwards) or -1.

    Args:
        ring: (N, 2) row, column; the last corner is joined to the first.
        top, left: row and column of the window's first pixel.
        size: (h, w) of the window.
    """
    y, x = ring.T
    below, beside = np.roll(y, -1), np.roll(x, -1)
    first, last = (
        np.clip(np.ceil(end(y, below) - 0.5), top, top + size[0]).astype(np.int64) for end in (np.minimum, np.maximum)
    )
    rows = last - first  # those whose centres lie between the ends of a side
    side = np.repeat(np.arange(len(ring)), rows)
    row = np.arange(len(side)) - np.repeat(np.cumsum(rows) - rows, rows) + first[side]
    share = (row + 0.5 - y[side]) / (below - y)[side]
    column = np.ceil(x[side] + share * (beside - x)[side] - 0.5)
    column = np.clip(column, left, left + size[1]).astype(np.int64)
    turns = np.zeros((size[0], size[1] + 1), np.int64)
    np.add.at(turns, (row - top, column - left), np.sign(below - y)[side].astype(np.int64))
    return np.cumsum(turns, axis=1)[:, :-1]


def _crosses(turns: npt.NDArray[np.int64]) -> bool:
    """Whether more than a slip of a ring's pixels lie twice inside, or inside of a loop that runs the other way."""
    way = 1 if turns.sum() >= 0 else -1
    wrong = int(np.count_nonzero((turns != 0) & (turns != way)))
    return wrong > _SLIP * int(np.count_nonzero(turns))


def _box(part: Polygon | Mask) -> tuple[int, int, int, int]:
    """First row and column, last row and column + 1, of the pixels that may lie inside."""
    if isinstance(part, Mask):
        return part.row, part.column, part.row + part.pixels.shape[0], part.column + part.pixels.shape[1]
    corners = np.concatenate(part.rings) if part.rings else np.zeros((1, 2))
    # far beyond any image, so that whatever a file says fits into 64 bits
    low, high = (np.clip(end, -(2.0**40), 2.0**40) for end in (corners.min(axis=0), corners.max(axis=0)))
    return int(np.floor(low[0])), int(np.floor(low[1])), int(np.ceil(high[0])), int(np.ceil(high[1]))


def _paste(inside: Bools, mask: Mask, top: int, left: int) -> None:
    """Add the pixels of a mask to a window that begins at row top and column left."""
    height, width = inside.shape
    rows = slice(max(mask.row - top, 0), min(mask.row - top + mask.pixels.shape[0], height))
    columns = slice(max(mask.column - left, 0), min(mask.column - left + mask.pixels.shape[1], width))
    if rows.start < rows.stop and columns.start < columns.stop:
        skipped_rows, skipped_columns = top - mask.row, left - mask.column
        inside[rows, columns] |= mask.pixels[
            rows.start + skipped_rows : rows.stop + skipped_rows,
            columns.start + skipped_columns : columns.stop + skipped_columns,
        ]
