"""What is additive over superpixels: measured once per image, summed once per partition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RegionStatistics:
    """Tables of N superpixels and the E edges between them; every object descriptor follows from sums over them.

    Coordinates are (row, column) in pixels, intensities are those of the image given to `measure_regions`.
    A crack is a pair of 4-neighbouring pixels that lie in different superpixels.

    The C channels are those of the image, then maps derived from it, such as the relative brightness.

    Attributes:
        superpixels: (H, W) int32, ids 0..N-1.
        edge_index: (2, E) int64, u < v, sorted, each pair of touching superpixels once.
        area: (N,) pixels.
        moments: (N, 5) sums over the pixels of r, c, r*r, r*c, c*c.
        box: (N, 4) int64: first row, first column, last row + 1, last column + 1.
        intensity_sum, intensity_square, intensity_min, intensity_max: (N, C).
        border: (N,) number of pixel sides on the image border.
        span_start: (N + 1,) int64; the spans of superpixel n are span_start[n]:span_start[n + 1].
        spans: (S, 3) int64: row, first column, last column of a superpixel in that row.
        rim: (P,) int64 flat indices of the pixels that could lie on an object's outline: those with a
            4-neighbour in another superpixel and those on the image border.
        edge_length: (E,) number of cracks.
        edge_intensity: (E, C) sum over the cracks of the mean of both pixels.
        edge_jump: (E, C) sum over the cracks of the absolute difference of both pixels.
        scale, offset: (C,) raw intensity = scale * intensity + offset.
        level_channel: the channel that holds the relative brightness (0 = local background, 1 = bright core of the
            object); 0 where the image has no such map.
    """

    superpixels: npt.NDArray[np.int32]
    edge_index: Ints
    area: Floats
    moments: Floats
    box: Ints
    intensity_sum: Floats
    intensity_square: Floats
    intensity_min: Floats
    intensity_max: Floats
    border: Floats
    span_start: Ints
    spans: Ints
    rim: Ints
    edge_length: Floats
    edge_intensity: Floats
    edge_jump: Floats
    scale: Floats
    offset: Floats
    level_channel: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.superpixels.shape[0], self.superpixels.shape[1]

    @property
    def num_nodes(self) -> int:
        """N, the number of superpixels."""
        return len(self.area)

    @property
    def num_edges(self) -> int:
        """E, the number of edges."""
        return self.edge_index.shape[1]

    @cached_property
    def framed(self) -> npt.NDArray[np.int32]:
        """((H + 2) * (W + 2),) int32: the superpixels in a frame of N, so that every pixel has all its neighbours."""
        return np.pad(self.superpixels, 1, constant_values=self.num_nodes).astype(np.int32).ravel()

    @cached_property
    def framed_rim(self) -> Ints:
        """(P,) int64, `rim` as indices into `framed`."""
        width = self.shape[1]
        return (self.rim // width + 1) * (width + 2) + self.rim % width + 1
