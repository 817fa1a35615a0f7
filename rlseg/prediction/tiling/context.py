"""What the parts of an image must know of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.data import Limits, Preparation, View, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import noise_level, pixel_differences
from rlseg.prediction.tiling.tiles import Tile


@dataclass(frozen=True)
class Context:
    """Of the whole image.

    Attributes:
        limits: of the intensities.
        noise: standard deviation of the pixels, of the normalised image.
        slope: median steepness of the outlines, see `outline_slope`.
        otsu: Otsu's threshold of the normalised image.
    """

    limits: Limits
    noise: float
    slope: float
    otsu: float

    def look(self, preparation: Preparation, raw: npt.NDArray[np.float32]) -> View:
        """A part (C, h, w) of the image, as it is seen within the whole."""
        return preparation.correct(preparation.look(raw, self.limits, self.noise), self.slope)


@dataclass(frozen=True)
class Pixels:
    """What the pixels of an image say of it one by one.

    Attributes:
        noise: see `noise_level`.
        otsu: see `otsu_threshold`.
    """

    noise: float
    otsu: float


def measure_pixels(
    raw: npt.NDArray[np.float32], grid: list[list[Tile]], preparation: Preparation, limits: Limits
) -> Pixels:
    """Of the mean of the normalised channels of an image (C, H, W), tile by tile."""
    differences = np.empty(raw.shape[1:], np.float32)
    histograms = []
    for tile in (tile for row in grid for tile in row):
        unit = preparation.normalisation.apply(raw[:, *tile.crop], limits)
        brightness = unit.pixels.mean(axis=0).astype(np.float64)
        differences[tile.core] = pixel_differences(brightness)[tile.inner]
        histograms.append(brightness_histogram(brightness[tile.inner]))
    return Pixels(noise_level(differences), otsu_threshold(np.sum(histograms, axis=0)))
