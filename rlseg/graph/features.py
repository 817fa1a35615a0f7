"""Hand-crafted features of superpixels and edges, invariant to flips and quarter turns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rlseg.graph.rag import cracks
from rlseg.regions import Floats, RegionStatistics

Map = npt.NDArray[np.floating]


def _node_mean(regions: RegionStatistics, values: Map) -> Floats:
    return np.bincount(regions.superpixels.ravel(), values.ravel(), minlength=regions.num_nodes) / regions.area


def _node_std(regions: RegionStatistics, values: Map) -> Floats:
    mean = _node_mean(regions, values)
    return np.sqrt(np.maximum(_node_mean(regions, np.square(values, dtype=np.float64)) - mean**2, 0))


def node_features(regions: RegionStatistics, maps: Mapping[str, Map]) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each superpixel.

    Args:
        regions: statistics of the N superpixels.
        maps: named (H, W) maps, e.g. each image channel, the gradient magnitude, the relative brightness.

    Returns:
        (N, D) float32 and the D names: for every map its mean, its standard deviation and its mean minus that of the
        touching superpixels (weighted by the length of the contact); then log area, outline / sqrt(area), the share of
        the outline on the image border and the log of the number of neighbours.
    """
    u, v = regions.edge_index
    length = regions.edge_length
    count = regions.num_nodes
    contact = np.bincount(u, length, minlength=count) + np.bincount(v, length, minlength=count)
    columns: list[Floats] = []
    names: list[str] = []
    for name, values in maps.items():
        mean = _node_mean(regions, values)
        around = np.bincount(u, length * mean[v], minlength=count) + np.bincount(v, length * mean[u], minlength=count)
        around = np.where(contact > 0, around / np.maximum(contact, 1), mean)
        columns += [mean, _node_std(regions, values), mean - around]
        names += [f"{name}_mean", f"{name}_std", f"{name}_over_neighbours"]
    outline = contact + regions.border
    degree = np.bincount(u, minlength=count) + np.bincount(v, minlength=count)
    columns += [np.log(regions.area), outline / np.sqrt(regions.area), regions.border / outline, np.log1p(degree)]
    names += ["log_area", "outline_over_root_area", "border_share", "log_degree"]
    return np.stack(columns, axis=1).astype(np.float32), names


def edge_features(
    regions: RegionStatistics, maps: Mapping[str, Map], groups: Mapping[str, npt.NDArray[np.integer]]
) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each edge, symmetric in its ends.

    Args:
        regions: statistics of the E edges.
        maps: named (H, W) maps.
        groups: named (H, W) integer maps, e.g. brightness basins.

    Returns:
        (E, D) float32 and the D names: for every map the mean over the edge's cracks, how far that lies below the
        smaller of both superpixels' means (a saddle), and the difference of both means; for every group map the share
        of cracks whose two pixels have the same group; then log length and length / sqrt(smaller area).
    """
    u, v = regions.edge_index
    first, second = cracks(regions.superpixels)
    flat = regions.superpixels.ravel().astype(np.int64)
    keys = flat[first] * regions.num_nodes + flat[second]
    edge = np.searchsorted(u * regions.num_nodes + v, keys)

    def on_cracks(values: Floats) -> Floats:
        return np.bincount(edge, values, minlength=regions.num_edges) / regions.edge_length

    columns: list[Floats] = []
    names: list[str] = []
    for name, values in maps.items():
        mean = _node_mean(regions, values)
        pixels = values.ravel().astype(np.float64)
        crack = on_cracks((pixels[first] + pixels[second]) / 2)
        columns += [crack, np.minimum(mean[u], mean[v]) - crack, np.abs(mean[u] - mean[v])]
        names += [f"{name}_on_cracks", f"{name}_saddle", f"{name}_difference"]
    for name, group in groups.items():
        ids = group.ravel()
        columns.append(on_cracks((ids[first] == ids[second]).astype(np.float64)))
        names.append(f"{name}_same")
    length = regions.edge_length
    columns += [np.log(length), length / np.sqrt(np.minimum(regions.area[u], regions.area[v]))]
    names += ["log_length", "length_over_root_area"]
    return np.stack(columns, axis=1).astype(np.float32), names
