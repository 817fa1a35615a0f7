"""A hash table from pairs of nodes to edges, in compiled loops: open addressing, linear probing, no tombstones."""

from __future__ import annotations

import numpy as np

from rlseg.jit import jit
from rlseg.regions import Ints

EMPTY = -1
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbouring keys land far apart


@jit
def new_pairs(most: int) -> Ints:
    """A table for up to `most` pairs: (2, 2^b) int64, keys and edges, at most half full."""
    size = 4
    while size < 2 * most:
        size *= 2
    return np.full((2, size), EMPTY, np.int64)


@jit
def _home(key: int, size: int) -> int:
    return int(np.int64((np.uint64(key) * _MIX) >> np.uint64(32)) & (size - 1))


@jit
def find_pair(pairs: Ints, key: int) -> int:
    """The slot of a key, or the empty one where it belongs."""
    size = pairs.shape[1]
    slot = _home(key, size)
    while pairs[0, slot] != key and pairs[0, slot] != EMPTY:
        slot = (slot + 1) & (size - 1)
    return slot


@jit
def remove_pair(pairs: Ints, key: int) -> None:
    """Take out a key that is there; those behind it move up, so that none is cut off from its home."""
    size = pairs.shape[1]
    hole = find_pair(pairs, key)
    slot = hole
    while True:
        slot = (slot + 1) & (size - 1)
        if pairs[0, slot] == EMPTY:
            break
        home = _home(pairs[0, slot], size)
        if ((slot - home) & (size - 1)) >= ((slot - hole) & (size - 1)):
            pairs[:, hole] = pairs[:, slot]
            hole = slot
    pairs[0, hole] = EMPTY
