"""Hand-crafted features of superpixels and edges, invariant to flips and quarter turns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.graph.sums import FeatureSums


def node_features(
    sums: FeatureSums, zoom: float = 1.0, spacing: tuple[float, ...] = (1.0, 1.0)
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each superpixel.

    Args:
        sums: over the N superpixels.
        zoom: pixels along the side of a working pixel, in which areas are measured.
        spacing: sides of a pixel in px, see `RegionStatistics`.

    Returns:
        (N, D) float32 and the D names: for every map its mean, its standard deviation and its mean minus that of the
        touching superpixels (weighted by the length of the contact); then log area, outline / sqrt(area), the share of
        the outline on the image border and the log of the number of neighbours. Of a volume the area is in px^3, the
        outline the area of its faces, and the root that which makes a length squared of it.
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
    size = _sizes(area, spacing)
    columns += [np.log(size / zoom ** len(spacing)), outline / _sides(size, spacing), sums.border / outline]
    columns.append(np.log1p(degree))
    names += ["log_area", "outline_over_root_area", "border_share", "log_degree"]
    return np.stack(columns, axis=1).astype(np.float32), names


def edge_features(
    sums: FeatureSums, zoom: float = 1.0, spacing: tuple[float, ...] = (1.0, 1.0)
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each edge, symmetric in its ends.

    Args:
        sums: over the E edges.
        zoom: pixels along the side of a working pixel, in which lengths are measured.
        spacing: as of `node_features`.

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
    smaller = _sizes(np.minimum(sums.area[u], sums.area[v]), spacing)
    columns += [np.log(length / zoom ** (len(spacing) - 1)), length / _sides(smaller, spacing)]
    names += ["log_length", "length_over_root_area"]
    return np.stack(columns, axis=1).astype(np.float32), names


def _sizes(area: Floats, spacing: tuple[float, ...]) -> Floats:
    """Areas in px^2, or volumes in px^3, of numbers of pixels."""
    return area if len(spacing) == 2 else area * np.prod(spacing)


def _sides(size: Floats, spacing: tuple[float, ...]) -> Floats:
    """The length of an outline like that of a square, or the area of a surface like that of a cube, but for a factor;
    of what is so large."""
    return np.sqrt(size) if len(spacing) == 2 else np.cbrt(size) ** 2
