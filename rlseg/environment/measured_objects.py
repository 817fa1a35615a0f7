"""What a critic may know of the realised objects: measurements, never the reward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
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


@dataclass(frozen=True)
class ObjectTable:
    """What the objects of K partitions look like, from each of the N superpixels and E edges of an image.

    Attributes:
        features: (K, N, len(OBJECT_FEATURES)) float32, descriptors of order 1 of the object that a superpixel lies in.
        share: (K, N) float32 in (0, 1], one over the superpixels of that object; each row sums to the objects.
        cut: (K, E) bool, whether an edge lies between two objects.
    """

    features: npt.NDArray[np.float32]
    share: npt.NDArray[np.float32]
    cut: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, segments: Segments) -> ObjectTable:
        """Of partitions of the superpixels that the segments were measured from."""
        return cls(*_by_node(_measured(segments), segments.labels), segments.cut)

    @classmethod
    def of_finer(cls, segments: Segments, segment: Ints, edge_index: Ints) -> ObjectTable:
        """Of superpixels that were never measured, only what they became.

        Args:
            segments: one partition of M regions into themselves.
            segment: (N,) the region 0..M-1 that each superpixel lies in.
            edge_index: (2, E) edges between the superpixels.
        """
        u, v = segment[edge_index]
        return cls(*_by_node(_measured(segments), segments.labels[:, segment]), (u != v)[None])


def _by_node(table: npt.NDArray[np.float32], labels: Ints) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Features and share of each superpixel. table: (M, F) of the objects; labels: (K, N)."""
    count = np.bincount(labels.ravel(), minlength=len(table))
    return table[labels], (1.0 / np.maximum(count, 1))[labels].astype(np.float32)


def _measured(segments: Segments) -> npt.NDArray[np.float32]:
    """(M, len(OBJECT_FEATURES))."""
    d = segments.descriptor
    area = d("area") / segments.regions.zoom**segments.regions.superpixels.ndim
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
    return np.clip(np.stack(columns, axis=1), -4, 4).astype(np.float32)


def _roundness(segments: Segments) -> tuple[Floats, Floats]:
    """How round the outline is: exp(-4 cv), and area / (pi mean of d^2), which are 1 for a disc.

    d is the distance of the outline's cracks to the centroid, cv the standard deviation of d^2 over its mean. All
    from sums of powers over the cracks. An object without an outline gets 0 twice. Of a volume they are the sphericity,
    and 1 minus the flatness.
    """
    regions = segments.regions
    if regions.is_volume:
        return segments.descriptor("sphericity"), 1 - segments.descriptor("flatness")
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
