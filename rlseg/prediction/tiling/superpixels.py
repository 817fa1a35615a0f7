"""Superpixels of a large image that are found tile by tile: joined where two tiles saw the same one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Ints, Labels
from rlseg.graph import joined
from rlseg.prediction.tiling.tiles import Tile
from rlseg.regions import numbered


@dataclass(frozen=True)
class Strip:
    """What one tile sees of the part of an image that it shares with the next one.

    Attributes:
        labels: superpixels of the tile.
        numbers: of each label in the whole image, -1: it has no pixel in the core.
    """

    labels: Labels
    numbers: Ints


class Joining:
    """Takes the superpixels of one tile after the other, in reading order, and knows at the end which are one.

    Args:
        shape: height and width of the image; of a volume its planes first.

    Attributes:
        ids: (H, W) int32, a number for each superpixel of each core that was taken; see `join`.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.ids: Labels = np.empty(shape, np.int32)
        self._count = 0
        self._pairs: list[Ints] = [np.empty((0, 2), np.int64)]
        # along each axis, by where the core of a tile begins along the others, what the last one shares with the next
        self._before: dict[tuple[int, tuple[int, ...]], Strip] = {}

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
        starts = tuple(part.start for part in tile.core)
        for axis in reversed(range(len(starts))):
            place = axis, (*starts[:axis], *starts[axis + 1 :])
            before = self._before.pop(place, None)
            if before is not None:
                shared = (slice(None),) * axis + (slice(before.labels.shape[axis]),)
                self._pairs.append(same_superpixels(before, Strip(labels[shared], numbers)))
            if not tile.last[axis]:
                self._before[place] = Strip(labels[tile.see(tile.shared(axis))].copy(), numbers)
        return first

    def join(self) -> Labels:
        """Make one of what two tiles saw alike, in `ids` too, which are then 0..N-1.

        Returns:
            int32, the id of each number that `take` gave.
        """
        self._before = {}
        one, other = np.ascontiguousarray(np.concatenate(self._pairs).T)
        lookup: Labels = joined(one, other, self._count).astype(np.int32)
        for line in self.ids:
            line[:] = lookup[line]
        return lookup


def same_superpixels(one: Strip, other: Strip) -> Ints:
    """Numbers of the superpixels that two neighbouring tiles agree on: more than half of what either covers is shared.

    Args:
        one, other: what they see of the strip that both see.

    Returns:
        (P, 2); no number occurs twice in a column: in the strip that both tiles see, the two have an IoU above 1/2.
    """
    a, b = (strip.labels.ravel().astype(np.int64) for strip in (one, other))
    width = int(b.max()) + 1
    keys, shared = np.unique(a * width + b, return_counts=True)
    u, v = keys // width, keys % width
    union = np.bincount(a)[u] + np.bincount(b)[v] - shared
    found = np.stack([one.numbers[u], other.numbers[v]], axis=1)
    return found[(2 * shared > union) & (found >= 0).all(axis=1)]
