"""Features of superpixels and edges relative to a ring around a known centre."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlseg.arrays import Floats
from rlseg.regions import RegionStatistics

Radius = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Coordinate = Annotated[float, Field(allow_inf_nan=False)]

# half the height of the bump: its flanks lie at the two ends of the ring
BUMP = 0.45


class RingGeometry(BaseModel):
    """Where the ring lies, in px; the numbers of a reward file's `geometry`, whose unit of length is px.

    The features know depth and direction relative to the ring but not the angle at which something lies, so that
    they cannot learn places by heart.

    Attributes:
        center: row and column; (0, 0) is the centre of the first pixel.
        ring: inner and outer radius.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    center: tuple[Coordinate, Coordinate]
    ring: tuple[Radius, Radius]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ring[0] >= self.ring[1]:
            raise ValueError(f"the inner radius of the ring must be below the outer one, got {list(self.ring)}")
        return self

    @property
    def thickness(self) -> float:
        """Outer minus inner radius, px."""
        return self.ring[1] - self.ring[0]

    def depth(self, row: Floats, column: Floats) -> Floats:
        """0 at the inner radius, 1 at the outer one, linear beyond; the shape of row and column."""
        return (np.hypot(row - self.center[0], column - self.center[1]) - self.ring[0]) / self.thickness

    def bump(self, depth: Floats) -> Floats:
        """1 in the middle of the ring, 0.22 at its ends, towards 0 beyond. depth: see `depth`; returns its shape."""
        return np.exp(-(((depth - 0.5) / BUMP) ** 4))

    def radial_share(self, row: Floats, column: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """Variance along and across the direction from the centre to (row, column).

        Args:
            row, column: (N,).
            spread: (N, 3) variance of the rows, covariance, variance of the columns.

        Returns:
            (N,) and (N,), whose sum is the whole variance; at the centre itself both are one half of it.
        """
        r, c = row - self.center[0], column - self.center[1]
        square = r**2 + c**2
        here = square > 0
        safe = np.where(here, square, 1)
        down, both, right = np.where(here, r**2 / safe, 0.5), r * c / safe, np.where(here, c**2 / safe, 0.5)
        total = spread[:, 0] + spread[:, 2]
        along = np.clip(down * spread[:, 0] + 2 * both * spread[:, 1] + right * spread[:, 2], 0, total)
        return along, total - along


def _centroids(regions: RegionStatistics) -> tuple[Floats, Floats]:
    return regions.moments[:, 0] / regions.area, regions.moments[:, 1] / regions.area


def ring_node_features(regions: RegionStatistics, ring: RingGeometry) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each superpixel.

    Args:
        regions: statistics of the N superpixels.
        ring: the ring.

    Returns:
        (N, 5) float32 and the names: depth and bump of the centroid; log of the side, along and across the radius, of
        the rectangle of equal variance over the thickness of the ring; and the difference of the two variances over
        their sum, 1 for a line along the radius.
    """
    row, column = _centroids(regions)
    second = regions.moments[:, 2:] / regions.area[:, None]
    # a pixel is a square of variance 1/12, not a point
    spread = np.stack(
        [second[:, 0] - row**2 + 1 / 12, second[:, 1] - row * column, second[:, 2] - column**2 + 1 / 12], axis=1
    )
    along, across = ring.radial_share(row, column, spread)
    depth = ring.depth(row, column)
    sides = [np.log(np.sqrt(12 * np.maximum(v, 1e-3)) / ring.thickness) for v in (along, across)]
    columns = [depth, ring.bump(depth), *sides, (along - across) / (along + across)]
    names = ["ring_depth", "ring_bump", "log_radial_extent", "log_tangential_extent", "radial_elongation"]
    return np.stack(columns, axis=1).astype(np.float32), names


def ring_edge_features(regions: RegionStatistics, ring: RingGeometry) -> tuple[npt.NDArray[np.float32], list[str]]:
    """Features of each edge, symmetric in its ends.

    Args:
        regions: statistics of the E edges.
        ring: the ring.

    Returns:
        (E, 4) float32 and the names: depth and bump of the mean of the edge's cracks; variance of the cracks along the
        radius minus that across it, over their sum (1: a side wall, -1: a cross wall, 0: a single crack); and the
        squared cosine between the line that joins both centroids and the radius.
    """
    names = ["ring_depth", "ring_bump", "radial_crack", "radial_neighbour"]
    if not regions.num_edges:
        return np.empty((0, len(names)), np.float32), names
    row, column = regions.crack_means.T
    points = regions.crack_points / 2 - np.repeat(regions.crack_means, np.diff(regions.crack_start), axis=0)
    products = np.stack([points[:, 0] ** 2, points[:, 0] * points[:, 1], points[:, 1] ** 2], axis=1)
    spread = np.add.reduceat(products, regions.crack_start[:-1]) / regions.edge_length[:, None]
    along, across = ring.radial_share(row, column, spread)
    depth = ring.depth(row, column)
    u, v = regions.edge_index
    rows, columns = _centroids(regions)
    r, c = rows[v] - rows[u], columns[v] - columns[u]
    joined = ring.radial_share(row, column, np.stack([r**2, r * c, c**2], axis=1))
    features = [
        depth,
        ring.bump(depth),
        (along - across) / np.maximum(along + across, 1e-9),
        # two superpixels may share one centroid, such as a frame and its inside
        np.where(joined[0] + joined[1] > 1e-9, joined[0] / np.maximum(joined[0] + joined[1], 1e-9), 0.5),
    ]
    return np.stack(features, axis=1).astype(np.float32), names
