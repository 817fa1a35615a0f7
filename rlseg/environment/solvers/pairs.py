"""A hash table from pairs of nodes to edges, in compiled loops: open addressing, linear probing, no tombstones."""

from __future__ import annotations

import numpy as np

from rlseg.arrays import Ints
from rlseg.jit import jit

EMPTY = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbouring keys land far apart


@jit
def new_pairs(most: int) -> Ints:
    """A table for up to `most` pairs: (2^b, 2) int64, a key and its edge in each row, at most half full."""
    size = 4
    while size < 2 * most:
        size *= 2
    return np.full((size, 2), EMPTY, np.int64)


@jit
def _home(key: int, size: int) -> int:
    return int(np.int64((np.uint64(key) * _MIX) >> np.uint64(32)) & (size - 1))


@jit
def find_pair(pairs: Ints, key: int) -> int:
    """The slot of a key, or the empty one where it belongs."""
    size = pairs.shape[0]
    slot = _home(key, size)
    while pairs[slot, 0] != key and pairs[slot, 0] != EMPTY:
        slot = (slot + 1) & (size - 1)
    return slot


@jit
def remove_pair(pairs: Ints, key: int) -> None:
    """Take out a key that is there; those behind it move up, so that none is cut off from its home."""
    size = pairs.shape[0]
    hole = find_pair(pairs, key)
    slot = hole
    while True:
        slot = (slot + 1) & (size - 1)
        if pairs[slot, 0] == EMPTY:
            break
        home = _home(pairs[slot, 0], size)
        if ((slot - home) & (size - 1)) >= ((slot - hole) & (size - 1)):
            pairs[hole, 0], pairs[hole, 1] = pairs[slot, 0], pairs[slot, 1]
            hole = slot
    pairs[hole, 0] = EMPTY
