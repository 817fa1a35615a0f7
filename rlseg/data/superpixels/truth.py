"""Superpixels that were cut along the true outlines: an upper bound, not a label-free result."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.measure import label


def intersect_with_truth(superpixels: npt.NDArray[np.integer], truth: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
    """Cut every superpixel along the true objects it overlaps and into connected pieces.

    Args:
        superpixels: (H, W) ids from 0.
        truth: (H, W) labels, 0 = background.

    Returns:
        (H, W) int32, ids 0..N-1; the pieces project onto the truth without error.
    """
    pairs = superpixels.astype(np.int64) * (int(truth.max()) + 1) + truth
    return (label(pairs, background=-1, connectivity=1) - 1).astype(np.int32)
