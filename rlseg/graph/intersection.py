"""Superpixels that are cut along the outlines of a label image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints
from rlseg.graph.pieces import pieces_of_equals
from rlseg.graph.unions import root_of
from rlseg.jit import jit


@jit
def _pieces(first: Ints, second: Ints) -> npt.NDArray[np.int32]:
    """(H, W) int32: what hangs together over 4-neighbours that are equal in both images, numbered in reading order."""
    height, width = first.shape
    # the first pixel of a piece in reading order is its root
    parent = np.arange(height * width)
    for r in range(height):
        for c in range(width):
            here = r * width + c
            if c > 0 and first[r, c] == first[r, c - 1] and second[r, c] == second[r, c - 1]:
                parent[here] = root_of(parent, here - 1)
            if r > 0 and first[r, c] == first[r - 1, c] and second[r, c] == second[r - 1, c]:
                a, b = root_of(parent, here), root_of(parent, here - width)
                parent[max(a, b)] = min(a, b)
    ids = np.empty((height, width), np.int32)
    count = 0
    for r in range(height):
        for c in range(width):
            here = r * width + c
            root = root_of(parent, here)
            if root == here:
                ids[r, c] = count
                count += 1
            else:
                ids[r, c] = ids[root // width, root % width]
    return ids


def intersect_with_truth(superpixels: npt.NDArray[np.integer], truth: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    """Cut every superpixel along the objects it overlaps and into connected pieces.

    With the true objects of an image this gives an upper bound, never a label-free result.

    Args:
        superpixels: (H, W) or (Z, H, W) ids from 0.
        truth: labels of this shape, 0 = background.

    Returns:
        int32 of this shape, ids 0..N-1 in reading order; the pieces project onto the labels without error.
    """
    if superpixels.ndim == 3:
        pairs = np.stack([superpixels.ravel(), truth.ravel()])
        number = np.unique(pairs, axis=1, return_inverse=True)[1].reshape(superpixels.shape)
        return pieces_of_equals(number.astype(np.int32)) - np.int32(1)
    return _pieces(np.ascontiguousarray(superpixels, np.int64), np.ascontiguousarray(truth, np.int64))
