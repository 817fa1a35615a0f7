"""What all writers of label images expect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer]


def smallest(labels: Labels) -> npt.NDArray[np.unsignedinteger]:
    """(H, W) labels as uint8, uint16 or uint32, whichever just holds the largest.

    Raises:
        ValueError: not 2-D, or a label is negative or above 2**32 - 1.
    """
    if labels.ndim != 2 or labels.size == 0:
        raise ValueError(f"labels must be (H, W) with at least one pixel, got shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= 2**32:
        raise ValueError(f"labels must be in [0, 2**32), got {labels.min()} to {labels.max()}")
    return labels.astype(np.min_scalar_type(int(labels.max())))
