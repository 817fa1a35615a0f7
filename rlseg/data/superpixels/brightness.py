"""Brightness relative to the local background and to each bright thing's own peak, and the basins around the peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels, Map
from rlseg.data.filters import distance_inside, fill_holes, gaussian_filter, watershed
from rlseg.data.superpixels.background import local_background
from rlseg.data.superpixels.fragments import merge_fragments, renumber
from rlseg.data.superpixels.maxima import high_maxima
from rlseg.graph import pieces_of
from rlseg.jit import jit


def pixel_differences(image: Map) -> Map:
    """(H, W) absolute 3 x 3 Laplacian differences of a (H, W) image: of noise alone they are as large as the noise.

    Of a volume those of each plane: the noise is that of single voxels.
    """
    if image.ndim == 3:
        return np.stack([pixel_differences(plane) for plane in image])
    kernel = np.array([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])
    height, width = image.shape
    padded = np.pad(image.astype(np.float64, copy=False), 1, mode="symmetric")
    found = np.zeros(image.shape)
    # one after the other, which is how `scipy.ndimage.convolve` rounds
    for (r, c), weight in np.ndenumerate(kernel):
        found += weight * padded[r : r + height, c : c + width]
    return np.abs(found, out=found) / 6.0


def noise_level(differences: npt.NDArray[np.floating]) -> float:
    """Standard deviation of the pixel noise of an image, from its `pixel_differences`, at least 1e-6.

    J. Immerkaer, Fast noise variance estimation (1996), by the median, which outlines do not disturb; half of the mean
    form is the floor, because the median is 0 where most of the background is one grey value.
    """
    mean = differences.mean(dtype=np.float64)
    return float(max(np.median(differences) / 0.6745, np.sqrt(np.pi / 2) * mean / 2, 1e-6))


@dataclass(frozen=True)
class Brightness:
    """What `relative_brightness` finds.

    Attributes:
        level: (H, W) float64, 0 at the local background, 1 at the bright end of the pixel's basin.
        above: (H, W) float64 >= 0, intensity above the local background, smoothed by no more than the noise asks for:
            where an outline lies exactly is lost by more.
        below: (H, W) float64 >= 0, the same of the inverted image: for objects darker than the ground.
        basins: (H, W) int32 from 0: one per brightness peak and per bulge of the bright regions.
        shapes: (H, W) int32 from 0: one per bulge of the bright regions alone; touching round things differ.
        ground, ground_below: (H, W) float64, the local background of the image, and of the inverted image.
        exponent: of `above`, where blur is corrected.
        spacing: sides of a pixel in px.

    Of a volume all maps are (Z, H, W).
    """

    level: Map
    above: Map
    below: Map
    basins: Labels
    shapes: Labels
    ground: Map
    ground_below: Map
    exponent: float = 1.0
    spacing: tuple[float, ...] = (1.0, 1.0)

    @property
    def size_of_pixel(self) -> float:
        """Area of a pixel in px^2: 1; of a volume that of a voxel in px^3."""
        return float(np.prod(self.spacing))


def least_size(area: float, spacing: tuple[float, ...]) -> float:
    """How many pixels are as large in a volume as `area` pixels are in an image: the cube on the side of the square."""
    return area if len(spacing) == 2 else area**1.5 / float(np.prod(spacing))


def relative_brightness(
    image: Map,
    noise: float | None = None,
    sigma: float = 1.0,
    noise_floor: float = 40.0,
    least: float = 0.0,
    core: float = 0.3,
    split_height: float = 0.2,
    spacing: tuple[float, ...] = (1.0, 1.0),
    grounds: tuple[Map, Map] | None = None,
) -> Brightness:
    """Relate every pixel to the background around it and to the peak it belongs to.

    Args:
        image: (H, W) or (Z, H, W) in [0, 1].
        noise: `noise_level` of the image that this one is a part of; its own if not given.
        sigma: smoothing before the brightness basins are found, pixels.
        noise_floor: a basin that stands out by less than this many times the noise counts as this bright.
        least: a basin that stands out by less counts as this bright, in units of the image.
        core: relative brightness above which a pixel belongs to a bright region.
        split_height: how much (pixels) a bright region must pinch to have two bulges.
        spacing: sides of a pixel in px.
        grounds: the local background of the image, and of the inverted image, if they are known from the whole.
    """
    noise = noise_level(pixel_differences(image)) if noise is None else noise
    background = local_background(image, spacing) if grounds is None else grounds[0]
    floor = max(noise_floor * noise, least)
    above = gaussian_filter(image, 0.7, spacing=spacing) - background
    smooth = gaussian_filter(image, sigma, spacing=spacing)
    # the maxima of pure noise, smoothed by sigma 1, rise by less than this
    peaks = _basins(smooth, 3 * noise / (2 * np.sqrt(np.pi)))
    bright = fill_holes(_relative(above, peaks, floor) > core)
    least_bright = least_size(12, spacing)
    shapes = merge_fragments(_bulges(bright, split_height, spacing), smooth, least_bright, counted=bright)
    crossed = renumber(peaks.astype(np.int64) * (int(shapes.max()) + 1) + shapes)
    basins = merge_fragments(crossed, smooth, least_bright, counted=bright)
    fine = gaussian_filter(image, 0.5, spacing=spacing)
    inverted = local_background(1.0 - image, spacing) if grounds is None else grounds[1]
    return Brightness(
        level=_relative(above, basins, floor),
        above=np.maximum(fine - background, 0.0),
        # of the inverted image 1 - I this is 1 - I minus its background
        below=np.maximum(1.0 - fine - inverted, 0.0),
        basins=basins,
        shapes=shapes,
        ground=background,
        ground_below=inverted,
        spacing=spacing,
    )


def _relative(above: Map, basins: Labels, floor: float) -> Map:
    """`above` divided by the mean of each basin's brightest pixels (within 10 % of its peak), at least `floor`."""
    rows = (-1, above.shape[-1])
    height = _bright_ends(above.reshape(rows), basins.reshape(rows), int(basins.max()) + 1)
    return above / np.maximum(height, floor)[basins]


@jit
def _bright_ends(above: Map, basins: Labels, count: int) -> Map:
    """Mean of the pixels within a tenth of the maximum, in each of `count` basins."""
    height, width = above.shape
    least = np.full(count, -np.inf)
    for r in range(height):
        for c in range(width):
            least[basins[r, c]] = max(least[basins[r, c]], above[r, c])
    least -= 0.1 * np.abs(least)
    total = np.zeros(count)
    pixels = np.zeros(count)
    for r in range(height):
        for c in range(width):
            n = basins[r, c]
            if above[r, c] >= least[n]:
                total[n] += above[r, c]
                pixels[n] += 1
    return total / pixels


def depth(mask: npt.NDArray[np.bool_], spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
    """Distance of the True pixels to the nearest False one, in px; 0 everywhere if there is none.

    Args:
        mask: (H, W) or (Z, H, W).
        spacing: sides of a pixel in px.
    """
    # if there is no False one the distance would be that to a pixel outside of the image
    if mask.all():
        return np.zeros(mask.shape)
    return distance_inside(mask, spacing)


def _basins(height: Map, rise: float) -> Labels:
    """Watershed basins of -height around its maxima that stand out by `rise`; ids from 0."""
    maxima = high_maxima(height, rise) if height.max() - height.min() > rise else height == height.max()
    markers, _ = pieces_of(maxima, diagonal=True)
    return watershed(-height, markers) - 1


def _bulges(mask: npt.NDArray[np.bool_], rise: float, spacing: tuple[float, ...]) -> Labels:
    """Basins of the distance transform of a mask, continued outside of it; ids from 0."""
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    inside = gaussian_filter(depth(mask, spacing), 0.7, spacing=spacing) * mask
    maxima = high_maxima(inside, rise) if inside.max() > rise else inside == inside.max()
    markers, _ = pieces_of(maxima & mask, diagonal=True)
    height = inside - depth(~mask, spacing)
    return watershed(-height, markers) - 1
