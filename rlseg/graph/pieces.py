"""Pieces of a map or of a graph that hang together, numbered in the order in which their first parts are read."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Ints, Labels, ndimage
from rlseg.graph.unions import root_of
from rlseg.jit import jit


def pieces_of(mask: Bools, diagonal: bool = False) -> tuple[Labels, int]:
    """The pieces of a mask, as `scipy.ndimage.label` finds them.

    Args:
        mask: (H, W) or (Z, H, W).
        diagonal: whether pixels hang together by their corners, too, and not by their sides alone.

    Returns:
        (H, W) or (Z, H, W) int32 from 1, 0 = not of the mask; and how many there are.
    """
    if mask.ndim == 3:
        found, count = ndimage.label(mask, np.ones((3, 3, 3)) if diagonal else None, output=np.int32)
        return found, int(count)
    return _number(mask.astype(np.int32, order="C"), 0, diagonal)


def pieces_of_equals(values: npt.NDArray[np.integer], ground: int = -1) -> Labels:
    """What hangs together by the sides of pixels of one value, as `skimage.measure.label` finds it.

    Args:
        values: (H, W) or (Z, H, W), of int32.
        ground: value of pixels that are in no piece.

    Returns:
        (H, W) or (Z, H, W) int32 from 1, 0 = in no piece.
    """
    if values.ndim == 3:
        from skimage import measure  # takes long to import, and images need nothing of it

        return np.asarray(measure.label(values, background=ground, connectivity=1), np.int32)
    return _number(values.astype(np.int32, order="C", copy=False), ground, False)[0]


@jit
def joined(first: Ints, second: Ints, count: int) -> Ints:
    """The pieces of a graph, as `scipy.sparse.csgraph.connected_components` finds them.

    Args:
        first, second: (P,) the two nodes of each edge.
        count: N, the nodes are 0..N-1.

    Returns:
        (N,) int64, the number of each node's piece, from 0.
    """
    parent = np.arange(count)
    for p in range(len(first)):
        one, other = root_of(parent, first[p]), root_of(parent, second[p])
        parent[max(one, other)] = min(one, other)
    return _ranks(parent)


@jit
def _number(values: Labels, ground: int, diagonal: bool) -> tuple[Labels, int]:
    height, width = values.shape
    found = np.zeros((height, width), np.int32)
    # of two pieces that meet the one that was read first is the root
    parent = np.zeros(height * width + 1, np.int32)
    count = 0
    for r in range(height):
        for c in range(width):
            value = values[r, c]
            if value == ground:
                continue
            mine = found[r, c - 1] if c > 0 and values[r, c - 1] == value else 0
            if r > 0:
                for k in range(max(c - diagonal, 0), min(c + diagonal, width - 1) + 1):
                    other = found[r - 1, k]
                    if values[r - 1, k] != value or other == mine:
                        continue
                    if mine > 0:
                        one, two = root_of(parent, mine), root_of(parent, other)
                        parent[max(one, two)] = min(one, two)
                    mine = other
            if mine == 0:
                count += 1
                mine = count
                parent[count] = count
            found[r, c] = mine
    number = _ranks(parent[: count + 1])
    for r in range(height):
        for c in range(width):
            found[r, c] = number[found[r, c]]
    return found, int(number.max())


@jit
def _ranks(parent: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Of each node the number of its root among all roots; `parent`, where roots are least, is overwritten."""
    count = 0
    for n in range(len(parent)):
        if parent[n] == n:
            parent[n] = count
            count += 1
        else:
            parent[n] = parent[parent[n]]
    return parent
