"""What the parts of an image must know of the whole before they are looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.data import Limits, Preparation, View, Zoom, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import noise_level, pixel_differences
from rlseg.io import PixelSize
from rlseg.prediction.tiling.tiles import Tile


@dataclass(frozen=True)
class Context:
    """What the pixels of the whole image say of it one by one.

    Attributes:
        limits: of the intensities.
        noise: standard deviation of the pixels of the normalised image, on each working grid; see `noise_level`.
        otsu: `otsu_threshold` of the normalised image, on each working grid.
        size: of the pixels, as the file says it.
    """

    limits: Limits
    noise: tuple[float, ...]
    otsu: tuple[float, ...]
    size: PixelSize | None = None

    def look(self, preparation: Preparation, raw: npt.NDArray[np.float32]) -> View:
        """A part (C, h, w) of the image, as it is seen within the whole; its blur is not corrected."""
        return preparation.look(raw, self.limits, self.noise, self.size)


def measure_pixels(
    raw: npt.NDArray[np.float32],
    grid: list[list[Tile]],
    preparation: Preparation,
    limits: Limits,
    size: PixelSize | None = None,
) -> Context:
    """Of what is looked at in an image (C, H, W), tile by tile. size: of its pixels, as the file says it."""
    zooms = preparation.zooms(size)
    differences = [
        np.empty([on_grid(slice(0, side), zoom).stop for side in raw.shape[1:]], np.float32) for zoom in zooms
    ]
    histograms = [np.zeros(1, np.int64) for _ in zooms]
    for tile in (tile for row in grid for tile in row):
        signal = preparation.signal(preparation.normalisation.apply(raw[:, *tile.crop], limits), size)
        for k, zoom in enumerate(zooms):
            seen = zoom.to_working(signal.objects)
            core, inner = (tuple(on_grid(part, zoom) for part in parts) for parts in (tile.core, tile.inner))
            differences[k][core] = pixel_differences(seen)[inner]
            histograms[k] = histograms[k] + brightness_histogram(seen[inner])
    return Context(limits, tuple(map(noise_level, differences)), tuple(map(otsu_threshold, histograms)), size)


def on_grid(part: slice, zoom: Zoom) -> slice:
    """The working rows or columns of those of the image."""
    return slice(*(-(-end * zoom.enlarge // zoom.reduce) for end in (part.start, part.stop)))
