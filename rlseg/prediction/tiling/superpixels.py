"""Superpixels of a large image that are found tile by tile: joined where two tiles saw the same one."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Ints, Labels
from rlseg.graph import joined
from rlseg.prediction.tiling.tiles import Tile
from rlseg.regions import numbered


class Joining:
    """Takes the superpixels of one tile after the other, row by row, and knows at the end which are one.

    Args:
        shape: height and width of the image.

    Attributes:
        ids: (H, W) int32, a number for each superpixel of each core that was taken; see `join`.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.ids: Labels = np.empty(shape, np.int32)
        self._count = 0
        self._pairs: list[Ints] = [np.empty((0, 2), np.int64)]
        # the last tile that was taken, and the last in each column
        self._last: tuple[Tile, Labels, Ints] | None = None
        self._above: dict[int, tuple[Tile, Labels, Ints]] = {}

    def take(self, tile: Tile, labels: Labels) -> int:
        """Take a tile.

        Args:
            tile: what follows the one before, in its row or in the next.
            labels: superpixels of its crop, ids from 0.

        Returns:
            The number of the first of its n superpixels; they have n numbers in a row, in the order of their labels.
        """
        first = self._count
        mine, inside = numbered(labels[tile.inner])
        self.ids[tile.core] = first + inside
        numbers = np.full(int(labels.max()) + 1, -1, np.int64)
        numbers[mine] = first + np.arange(len(mine))
        self._count += len(mine)
        here = (tile, labels, numbers)
        rows, columns = tile.core
        if self._last is not None and self._last[0].core[0] == rows:
            self._pairs.append(same_superpixels(self._last, here))
        if columns.start in self._above:
            self._pairs.append(same_superpixels(self._above[columns.start], here))
        self._last = self._above[columns.start] = here
        return first

    def join(self) -> Labels:
        """Make one of what two tiles saw alike, in `ids` too, which are then 0..N-1.

        Returns:
            int32, the id of each number that `take` gave.
        """
        self._last, self._above = None, {}
        one, other = np.ascontiguousarray(np.concatenate(self._pairs).T)
        lookup: Labels = joined(one, other, self._count).astype(np.int32)
        for line in self.ids:
            line[:] = lookup[line]
        return lookup


def same_superpixels(one: tuple[Tile, Labels, Ints], other: tuple[Tile, Labels, Ints]) -> Ints:
    """Numbers of the superpixels that two neighbouring tiles agree on: more than half of what either covers is shared.

    Args:
        one, other: a tile, the labels of its crop, and the number of each label in the whole image (-1: it has no pixel
            in the core).

    Returns:
        (P, 2); no number occurs twice in a column: in the strip that both tiles see, the two have an IoU above 1/2.
    """
    window = one[0].overlap(other[0])
    a, b = (tile_labels[tile.see(window)].ravel().astype(np.int64) for tile, tile_labels, _ in (one, other))
    width = int(b.max()) + 1
    keys, shared = np.unique(a * width + b, return_counts=True)
    u, v = keys // width, keys % width
    union = np.bincount(a)[u] + np.bincount(b)[v] - shared
    found = np.stack([one[2][u], other[2][v]], axis=1)
    return found[(2 * shared > union) & (found >= 0).all(axis=1)]
