"""Superpixels as rings between level sets of each object's own brightness, merged by Ward's rule."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

from rlseg.data.superpixels.fragments import merge_fragments, renumber, ward_merge

Map = npt.NDArray[np.float64]


def noise_level(image: Map) -> float:
    """Standard deviation of the pixel noise of a (H, W) image, from 3 x 3 Laplacian differences.

    J. Immerkaer, Fast noise variance estimation (1996), by the median, which outlines do not disturb; half of the mean
    form is the floor, because the median is 0 where most of the background is one grey value.
    """
    kernel = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
    difference = np.abs(ndimage.convolve(image, kernel, mode="reflect")) / 6.0
    return float(max(np.median(difference) / 0.6745, np.sqrt(np.pi / 2) * difference.mean() / 2))


def local_background(image: Map) -> Map:
    """Slowly varying background of a (H, W) image: low percentile of a wide neighbourhood, smoothed."""
    smooth = ndimage.gaussian_filter(image, 2.0)
    coarse = smooth[::4, ::4]
    low = ndimage.gaussian_filter(ndimage.percentile_filter(coarse, 10, size=11), 2.0)
    factors = (image.shape[0] / low.shape[0], image.shape[1] / low.shape[1])
    background = ndimage.zoom(low, factors, order=1, mode="nearest", grid_mode=True)
    return background[: image.shape[0], : image.shape[1]]


class LevelSets(BaseModel):
    """Basins of the intensity, each cut into rings of similar relative brightness.

    The relative brightness r of a pixel is 0 at the local background and 1 at the bright end of its basin. Pixels with r
    between `low` and `high` are the uncertain rim of an object: they are merged into rings and pieces of similar r by
    Ward's rule; the surely bright core and the surely dark background stay whole. Nodes go where outlines can be.

    Attributes:
        sigma: smoothing before the basins are found, pixels.
        low, high: relative brightness below which a pixel is background and above which it is core.
        merge_cost: largest Ward cost of a merge; larger gives fewer superpixels.
        noise_floor: multiples of the noise an object must stand out to be cut into rings at full resolution.
        split_height: how much (pixels) two cores must pinch to be separated by their shape.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["level_sets"] = "level_sets"
    sigma: float = Field(default=1.0, gt=0)
    low: float = Field(default=0.08, ge=0, lt=1)
    high: float = Field(default=0.6, gt=0, le=1)
    merge_cost: float = Field(default=0.06, gt=0)
    noise_floor: float = Field(default=40.0, gt=0)
    split_height: float = Field(default=0.2, gt=0)

    def relative_brightness(self, image: Map) -> tuple[Map, npt.NDArray[np.int32]]:
        """Relative brightness r and basins (ids from 0) of a (H, W) image in [0, 1]."""
        noise = max(noise_level(image), 1e-6)
        fine = ndimage.gaussian_filter(image, 0.7)
        background = local_background(image)
        smooth = ndimage.gaussian_filter(image, self.sigma)
        basins = _basins(smooth, 3 * noise / (2 * np.sqrt(np.pi)))
        brightness = self._relative(fine, background, basins, noise)
        # a clump of touching objects has one basin per brightness peak or per bulge of its shape
        core = brightness > 0.3
        depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(core), 0.7)
        shape = _basins(depth, self.split_height)
        crossed = renumber(basins.astype(np.int64) * (int(shape.max()) + 1) + shape)
        crossed = merge_fragments(crossed, smooth, 12, counted=core)
        return self._relative(fine, background, crossed, noise), crossed

    def _relative(self, fine: Map, background: Map, basins: npt.NDArray[np.int32], noise: float) -> Map:
        index = np.arange(int(basins.max()) + 1)
        top = np.asarray(ndimage.maximum(fine - background, basins, index))
        bright = fine - background >= (top - 0.1 * np.abs(top))[basins]
        height = np.asarray(ndimage.mean(fine - background, np.where(bright, basins, -1), index))
        return (fine - background) / np.maximum(height, self.noise_floor * noise)[basins]

    def __call__(self, image: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1], from the mean of its channels: (H, W) int32, ids 0..N-1."""
        gray = image.mean(axis=0).astype(np.float64)
        brightness, basins = self.relative_brightness(gray)
        level = np.clip((brightness - self.low) / (self.high - self.low), 0, 1)
        group = np.where(level == 0, 0, basins + 1)
        uncertain = (level > 0) & (level < 1)
        flat = np.where(level == 0, 0, np.where(level == 1, basins + 1, -1))
        start = label(flat, background=-1, connectivity=1)
        start[uncertain] = start.max() + 1 + np.arange(int(uncertain.sum()))
        return ward_merge(renumber(start), level, group, self.merge_cost)


def _basins(height: Map, rise: float) -> npt.NDArray[np.int32]:
    """Watershed basins of -height around its maxima that stand out by `rise`; ids from 0."""
    maxima = h_maxima(height, rise) if height.max() - height.min() > rise else height == height.max()
    markers, _ = ndimage.label(maxima, structure=np.ones((3, 3)))
    return (watershed(-height, markers) - 1).astype(np.int32)
