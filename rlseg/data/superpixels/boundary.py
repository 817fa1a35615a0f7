"""Superpixels of images with stained boundaries, such as membranes."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rlseg.arrays import Labels, Map, ndimage
from rlseg.data.filters import gaussian_filter, watershed
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness, depth, least_size
from rlseg.data.superpixels.fragments import renumber
from rlseg.data.superpixels.ridges import ridge_map
from rlseg.graph import cracks, face_areas, joined, pieces_of, touching


class BoundarySeeds(Superpixels):
    """Watershed of a map of bright lines, from seeds where the lines are farthest away.

    Attributes:
        sigma: Gaussian of the line filter in px, about half the width of a line, at least 0.7; see `ridge_map`. The
            sampled second derivative of a narrower Gaussian does not add up to 0: bright ground would be a line.
        threshold: lines at least this strong (0 to 1) keep seeds away. Too high a value joins cells for good.
        smooth: Gaussian of the distance to the lines in px; more makes fewer seeds.
        min_size: superpixels with fewer pixels join the neighbour behind their weakest boundary; in a volume, with
            fewer than are in a cube on the side of a square of so many pixels.
    """

    VOLUMES: ClassVar[bool] = True

    kind: Literal["boundary_seeds"] = "boundary_seeds"
    sigma: float = Field(default=1.2, ge=0.7)
    threshold: float = Field(default=0.08, gt=0, le=1)
    smooth: float = Field(default=0.7, ge=0)
    min_size: int = Field(default=14, ge=1)

    @property
    def follows_lines(self) -> bool:
        """Always."""
        return True

    def lines(self, image: npt.NDArray[np.float32], spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
        """The line map, (H, W) in [0, 1], of a (C, H, W) image in [0, 1]: of the mean of its channels.

        Of a volume (C, Z, H, W), whose voxels have these sides in px, (Z, H, W).
        """
        return ridge_map(image.mean(axis=0).astype(np.float64), self.sigma, spacing=spacing)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness | None = None) -> Labels:
        """Superpixels of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1.

        Of a volume (C, Z, H, W), whose brightness says how far its planes are apart; else it is not needed.
        """
        spacing = (1.0,) * (image.ndim - 1) if brightness is None else brightness.spacing
        lines = self.lines(image, spacing)
        away = depth(lines < self.threshold, spacing)
        away = gaussian_filter(away, self.smooth, spacing=spacing)
        seeds, _ = pieces_of(away == ndimage.maximum_filter(away, size=3))
        landscape = 0.8 * lines + 0.2 * (1 - away / max(away.max(), 1e-9))
        basins = watershed(landscape, seeds) - 1
        return merge_over_weakest(basins, lines, least_size(self.min_size, spacing), spacing)


def merge_over_weakest(labels: Labels, lines: Map, min_size: float, spacing: tuple[float, ...] = (1.0, 1.0)) -> Labels:
    """Join superpixels with fewer than min_size pixels to the neighbour with the weakest boundary in between.

    Args:
        labels: (H, W) or (Z, H, W) ids 0..N-1.
        lines: of this shape, strength of a boundary at each pixel; that between two superpixels is the mean over their
            cracks, or over the area of their faces.
        min_size: pixels.
        spacing: sides of a pixel in px.

    Returns:
        int32 of this shape, ids 0..N'-1; one superpixel may stay smaller if it fills the whole image.
    """
    values = lines.ravel()
    while True:
        count = int(labels.max()) + 1
        small = np.bincount(labels.ravel(), minlength=count) < min_size
        if not small.any() or count == 1:
            return labels
        first, second = cracks(labels)
        ends, edge = touching(labels, first, second, count)
        areas = face_areas(first, second, labels.shape, spacing) if labels.ndim == 3 else np.ones(len(edge))
        strength = np.bincount(edge, (values[first] + values[second]) / 2 * areas) / np.bincount(edge, areas)
        # every small one takes its weakest edge; the order of the edges breaks ties
        order = np.argsort(strength, kind="stable")
        here, there = ends[:, order]
        asked = np.concatenate([here, there])
        rank = np.tile(np.arange(len(order)), 2)
        best = np.full(count, len(order))
        np.minimum.at(best, asked, rank)
        u, v = ends[:, order[best[small]]]
        labels = renumber(joined(u, v, count)[labels])
