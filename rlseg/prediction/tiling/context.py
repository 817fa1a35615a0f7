"""What the parts of an image must know of the whole before they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.data import Limits, Preparation, View, Zoom, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import VolumeGround, coarse_picture, ground_steps, noise_level, pixel_differences
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
        ground: of a volume the local background, which comes from farther than a tile could see; of an image None.
    """

    limits: Limits
    noise: tuple[float, ...]
    otsu: tuple[float, ...]
    size: PixelSize | None = None
    ground: VolumeGround | None = None

    def around(self, tile: Tile) -> Context:
        """What is needed for one tile."""
        return self if self.ground is None else replace(self, ground=self.ground.around(tile.crop))

    def look(self, preparation: Preparation, raw: npt.NDArray[np.float32]) -> View:
        """A part (C, h, w) of the image, as it is seen within the whole; its blur is not corrected.

        Of a volume a tile (C, z, h, w), with the context `around` it.
        """
        if self.ground is None:
            return preparation.look(raw, self.limits, self.noise, self.size)
        return preparation.look(raw, self.limits, self.noise, self.size, self.ground.of_shape(raw.shape[1:]))


def measure_pixels(
    raw: npt.NDArray[np.float32],
    tiles: Sequence[Tile],
    preparation: Preparation,
    limits: Limits,
    size: PixelSize | None = None,
) -> Context:
    """Of what is looked at in an image (C, H, W) or a volume (C, Z, H, W), tile by tile.

    size: of its pixels, as the file says it.
    """
    zooms, spacing = preparation.zooms(size), preparation.spacing(size)
    differences = [
        np.empty([on_grid(slice(0, side), zoom).stop for side in raw.shape[1:]], np.float32) for zoom in zooms
    ]
    histograms = [np.zeros(1, np.int64) for _ in zooms]
    coarse = None
    if preparation.volume:
        steps = ground_steps(spacing)
        coarse = np.empty([-(-side // step) for side, step in zip(raw.shape[1:], steps, strict=True)])
    for tile in tiles:
        signal = preparation.signal(preparation.normalisation.apply(raw[:, *tile.crop], limits), size)
        for k, zoom in enumerate(zooms):
            seen = zoom.to_working(signal.objects)
            core, inner = (tuple(on_grid(part, zoom) for part in parts) for parts in (tile.core, tile.inner))
            differences[k][core] = pixel_differences(seen)[inner]
            histograms[k] = histograms[k] + brightness_histogram(seen[inner])
        if coarse is not None:
            core, inner = (_every(parts, steps) for parts in (tile.core, tile.inner))
            coarse[core] = coarse_picture(signal.objects, spacing)[inner]
    ground = None if coarse is None else VolumeGround.of(coarse, spacing)
    return Context(limits, tuple(map(noise_level, differences)), tuple(map(otsu_threshold, histograms)), size, ground)


def _every(window: tuple[slice, ...], steps: tuple[int, ...]) -> tuple[slice, ...]:
    """A window that begins at multiples of the steps, on their grid."""
    return tuple(slice(part.start // step, -(-part.stop // step)) for part, step in zip(window, steps, strict=True))


def on_grid(part: slice, zoom: Zoom) -> slice:
    """The working rows or columns of those of the image."""
    return slice(*(-(-end * zoom.enlarge // zoom.reduce) for end in (part.start, part.stop)))
