"""What a critic may know of the realised objects: measurements, never the reward."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.rewards.measure import Segments, sum_cut_edges

OBJECT_FEATURES = (
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
    "outline_roundness",
    "disc_fill",
)


def object_features(segments: Segments) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Descriptors of order 1 of the object every superpixel lies in, and its share of that object's superpixels.

    Args:
        segments: of K partitions of N superpixels.

    Returns:
        (K, N, len(OBJECT_FEATURES)) float32, and (K, N) float32 in (0, 1], whose rows sum to the number of objects.
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
        *_roundness(segments),
    ]
    table = np.clip(np.stack(columns, axis=1), -4, 4).astype(np.float32)
    count = np.bincount(segments.labels.ravel(), minlength=segments.count)
    return table[segments.labels], (1.0 / count)[segments.labels].astype(np.float32)


def _roundness(segments: Segments) -> tuple[Floats, Floats]:
    """How round the outline is: exp(-4 cv), and area / (pi mean of d^2), which are 1 for a disc.

    d is the distance of the outline's cracks to the centroid, cv the standard deviation of d^2 over its mean. All
    from sums of powers over the cracks. An object without an outline gets 0 twice.
    """
    regions = segments.regions
    sums = sum_cut_edges(
        segments.labels, segments.count, regions.edge_index, regions.crack_powers, regions.crack_powers
    )
    count = np.maximum(sums[:, 0], 1.0)
    r, c, rr, cc, rc, sr, sc, ss = sums[:, 1:].T / count
    y, x = (segments.centroid - (np.array(regions.shape) - 1) / 2).T
    s, a = rr + cc, y * y + x * x
    along = y * r + x * c
    mean = s - 2 * along + a
    # mean of (s - 2 (y r + x c) + a)^2
    square = ss + 4 * (y * y * rr + x * x * cc + 2 * y * x * rc) + a * a
    square = square - 4 * (y * sr + x * sc) + 2 * s * a - 4 * a * along
    bounded = sums[:, 0] > 0
    mean = np.where(bounded, np.maximum(mean, 1e-9), 1.0)
    spread = np.sqrt(np.maximum(square - mean * mean, 0)) / mean
    return bounded * np.exp(-4 * spread), bounded * segments.descriptor("area") / (np.pi * mean)
