"""Sums over the pixels of superpixels and over the cracks between them: all that the measured features need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyFloats, Floats, Ints
from rlseg.graph.adjacency import cracks, face_areas, touching
from rlseg.regions import RegionStatistics


@dataclass(frozen=True)
class FeatureSums:
    """Of N superpixels and E edges, over M maps and G group maps. Sums over the parts of an image add up to its own.

    Attributes:
        maps, groups: their names.
        area: (N,) pixels.
        border: (N,) pixel sides on the image border; of a volume, px^2 as all that is said of cracks.
        node_sum, node_square: (N, M) sums of the maps and of their squares over the pixels.
        edge_index: (2, E) int64, u < v, sorted.
        edge_length: (E,) cracks.
        edge_sum: (E, M) sum over the cracks of the mean of both pixels.
        edge_same: (E, G) number of cracks whose two pixels are in the same group.
    """

    maps: tuple[str, ...]
    groups: tuple[str, ...]
    area: Floats
    border: Floats
    node_sum: Floats
    node_square: Floats
    edge_index: Ints
    edge_length: Floats
    edge_sum: Floats
    edge_same: Floats

    @classmethod
    def of(
        cls, regions: RegionStatistics, maps: Mapping[str, AnyFloats], groups: Mapping[str, npt.NDArray[np.integer]]
    ) -> FeatureSums:
        """Sums over a whole image.

        Args:
            regions: statistics of its superpixels.
            maps: named (H, W) maps, e.g. each image channel, the gradient magnitude, the relative brightness; of a
                volume (Z, H, W).
            groups: named (H, W) integer maps, e.g. brightness basins.
        """
        flat = regions.superpixels.ravel().astype(np.int64)
        first, second = cracks(regions.superpixels)
        _, edge = touching(regions.superpixels, first, second, regions.num_nodes)
        areas = None
        if regions.is_volume:
            areas = face_areas(first, second, regions.superpixels.shape, regions.spacing)
        return cls(
            maps=tuple(maps),
            groups=tuple(groups),
            area=regions.area,
            border=regions.border,
            **sums_over_pixels(flat, regions.num_nodes, maps),
            edge_index=regions.edge_index,
            edge_length=regions.edge_length,
            **sums_over_cracks(first, second, edge, regions.num_edges, maps, groups, areas),
        )

    def some_edges(self, edges: slice) -> FeatureSums:
        """The same of all superpixels and of some edges."""
        names = ("edge_length", "edge_sum", "edge_same")
        parts = {name: getattr(self, name)[edges] for name in names}
        return replace(self, edge_index=self.edge_index[:, edges], **parts)


def sums_over_pixels(ids: Ints, count: int, maps: Mapping[str, AnyFloats]) -> dict[str, Floats]:
    """`node_sum` and `node_square` of `count` superpixels. ids: (P,) of the pixels; maps: of P pixels, any shape."""
    total, square = np.empty((count, len(maps))), np.empty((count, len(maps)))
    for k, values in enumerate(maps.values()):
        total[:, k] = np.bincount(ids, values.ravel(), minlength=count)
        square[:, k] = np.bincount(ids, np.square(values.ravel(), dtype=np.float64), minlength=count)
    return {"node_sum": total, "node_square": square}


def sums_over_cracks(
    first: Ints,
    second: Ints,
    edge: Ints,
    count: int,
    maps: Mapping[str, AnyFloats],
    groups: Mapping[str, npt.NDArray[np.integer]],
    areas: Floats | None = None,
) -> dict[str, Floats]:
    """`edge_sum` and `edge_same` of `count` edges.

    Args:
        first, second: (Q,) flat indices of the two pixels of each crack.
        edge: (Q,) its edge.
        count: E.
        maps, groups: of the pixels that the indices are about.
        areas: (Q,) how much each crack counts; 1 if not given.
    """
    total, same = np.empty((count, len(maps))), np.empty((count, len(groups)))
    for k, values in enumerate(maps.values()):
        pixels = values.ravel().astype(np.float64)
        means = (pixels[first] + pixels[second]) / 2
        total[:, k] = np.bincount(edge, means if areas is None else means * areas, minlength=count)
    for k, group in enumerate(groups.values()):
        ids = group.ravel()
        alike = (ids[first] == ids[second]).astype(np.float64)
        same[:, k] = np.bincount(edge, alike if areas is None else alike * areas, minlength=count)
    return {"edge_sum": total, "edge_same": same}
