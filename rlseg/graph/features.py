"""Hand-crafted features of superpixels and edges, invariant to flips and quarter turns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.graph.sums import FeatureSums


def node_features(sums: FeatureSums, zoom: float = 1.0) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each superpixel.

    Args:
        sums: over the N superpixels.
        zoom: pixels along the side of a working pixel, in which areas are measured.

    Returns:
        (N, D) float32 and the D names: for every map its mean, its standard deviation and its mean minus that of the
        touching superpixels (weighted by the length of the contact); then log area, outline / sqrt(area), the share of
        the outline on the image border and the log of the number of neighbours.
    """
    u, v = sums.edge_index
    length, area, count = sums.edge_length, sums.area, len(sums.area)
    contact = np.bincount(u, length, minlength=count) + np.bincount(v, length, minlength=count)
    columns: list[Floats] = []
    names: list[str] = []
    for name, total, square in zip(sums.maps, sums.node_sum.T, sums.node_square.T, strict=True):
        mean = total / area
        around = np.bincount(u, length * mean[v], minlength=count) + np.bincount(v, length * mean[u], minlength=count)
        around = np.where(contact > 0, around / np.maximum(contact, 1), mean)
        columns += [mean, np.sqrt(np.maximum(square / area - mean**2, 0)), mean - around]
        names += [f"{name}_mean", f"{name}_std", f"{name}_over_neighbours"]
    outline = contact + sums.border
    degree = np.bincount(u, minlength=count) + np.bincount(v, minlength=count)
    columns += [np.log(area / zoom**2), outline / np.sqrt(area), sums.border / outline, np.log1p(degree)]
    names += ["log_area", "outline_over_root_area", "border_share", "log_degree"]
    return np.stack(columns, axis=1).astype(np.float32), names


def edge_features(sums: FeatureSums, zoom: float = 1.0) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each edge, symmetric in its ends.

    Args:
        sums: over the E edges.
        zoom: pixels along the side of a working pixel, in which lengths are measured.

    Returns:
        (E, D) float32 and the D names: for every map the mean over the edge's cracks, how far that lies below the
        smaller of both superpixels' means (a saddle), and the difference of both means; for every group map the share
        of cracks whose two pixels have the same group; then log length and length / sqrt(smaller area).
    """
    u, v = sums.edge_index
    length = sums.edge_length
    columns: list[Floats] = []
    names: list[str] = []
    for name, total, across in zip(sums.maps, sums.node_sum.T, sums.edge_sum.T, strict=True):
        mean, crack = total / sums.area, across / length
        columns += [crack, np.minimum(mean[u], mean[v]) - crack, np.abs(mean[u] - mean[v])]
        names += [f"{name}_on_cracks", f"{name}_saddle", f"{name}_difference"]
    for name, same in zip(sums.groups, sums.edge_same.T, strict=True):
        columns.append(same / length)
        names.append(f"{name}_same")
    columns += [np.log(length / zoom), length / np.sqrt(np.minimum(sums.area[u], sums.area[v]))]
    names += ["log_length", "length_over_root_area"]
    return np.stack(columns, axis=1).astype(np.float32), names
