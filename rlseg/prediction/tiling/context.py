"""What the parts of an image must know of the whole before they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
        zoom: to the grid on which the ground is known.
    """

    limits: Limits
    noise: tuple[float, ...]
    otsu: tuple[float, ...]
    size: PixelSize | None = None
    ground: VolumeGround | None = None
    zoom: Zoom = field(default_factory=Zoom)

    def around(self, tile: Tile) -> Context:
        """What is needed for one tile."""
        return self if self.ground is None else replace(self, ground=self.ground.around(self.zoom.window(tile.crop)))

    def look(self, preparation: Preparation, raw: npt.NDArray[np.float32]) -> View:
        """A part (C, h, w) of the image, as it is seen within the whole; its blur is not corrected.

        Of a volume a tile (C, z, h, w), with the context `around` it.
        """
        if self.ground is None:
            return preparation.look(raw, self.limits, self.noise, self.size)
        ground = self.ground.of_shape(_shape_on(raw.shape[1:], self.zoom))
        return preparation.look(raw, self.limits, self.noise, self.size, ground)


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
    zooms = preparation.zooms(size)
    spacing = zooms[0].spacing(preparation.spacing(size))
    shapes = [_shape_on(raw.shape[1:], zoom) for zoom in zooms]
    differences = [np.empty(shape, np.float32) for shape in shapes]
    histograms = [np.zeros(1, np.int64) for _ in zooms]
    coarse = None
    if preparation.volume:
        steps = ground_steps(spacing)
        coarse = np.empty([-(-side // step) for side, step in zip(shapes[0], steps, strict=True)])
    for tile in tiles:
        signal = preparation.signal(preparation.normalisation.apply(raw[:, *tile.crop], limits), size)
        for k, zoom in enumerate(zooms):
            seen = zoom.to_working(signal.objects)
            core, inner = zoom.window(tile.core), zoom.window(tile.inner)
            differences[k][core] = pixel_differences(seen)[inner]
            histograms[k] = histograms[k] + brightness_histogram(seen[inner])
            if coarse is not None:  # of a volume, which has one grid
                core, inner = _every(core, steps), _every(inner, steps)
                coarse[core] = coarse_picture(seen, spacing)[inner]
    ground = None if coarse is None else VolumeGround.of(coarse, spacing)
    noise, otsu = tuple(map(noise_level, differences)), tuple(map(otsu_threshold, histograms))
    return Context(limits, noise, otsu, size, ground, zooms[0])


def _every(window: tuple[slice, ...], steps: tuple[int, ...]) -> tuple[slice, ...]:
    """A window that begins at multiples of the steps, on their grid."""
    return tuple(slice(part.start // step, -(-part.stop // step)) for part, step in zip(window, steps, strict=True))


def _shape_on(shape: Sequence[int], zoom: Zoom) -> tuple[int, ...]:
    """Of an image on a working grid."""
    return tuple(part.stop for part in zoom.window(tuple(slice(0, side) for side in shape)))
