"""What a critic may know of the realised objects: measurements, never the reward."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.rewards.segments import Segments

NAMES = (
    "log_area",
    "small",
    "axis_ratio",
    "ellipse_fill",
    "extent",
    "intensity_mean",
    "intensity_std",
    "contrast",
    "outline_level",
    "outline_step",
    "level_mean",
)


def object_features(segments: Segments) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Descriptors of order 1 of the object every superpixel lies in, and its share of that object's superpixels.

    Args:
        segments: of K partitions of N superpixels.

    Returns:
        (K, N, len(NAMES)) float32 and (K, N) float32 in (0, 1], which sums to the number of objects over each row.
    """
    d = segments.descriptor
    area = d("area")
    columns = [
        np.log(area) - 5.0,
        np.exp(-area / 50.0),
        d("axis_minor_length") / np.maximum(d("axis_major_length"), 1e-9),
        d("ellipse_fill"),
        d("extent"),
        d("intensity_mean"),
        3 * d("intensity_std"),
        3 * d("contrast"),
        2 * d("outline_level"),
        4 * d("outline_step"),
        d("level_mean"),
    ]
    table = np.clip(np.stack(columns, axis=1), -4, 4).astype(np.float32)
    count = np.bincount(segments.labels.ravel(), minlength=segments.count)
    return table[segments.labels], (1.0 / count)[segments.labels].astype(np.float32)
