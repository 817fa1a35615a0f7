"""An image as superpixels and features see it, and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Map, Pixels
from rlseg.data.filters import gaussian_filter
from rlseg.data.looking import Zoom
from rlseg.data.normalise import UnitImage
from rlseg.data.superpixels import BlurCorrection, Brightness
from rlseg.graph import measure_regions
from rlseg.regions import RegionStatistics


@dataclass(frozen=True)
class Scale:
    """An image on a working grid.

    Attributes:
        zoom: to that grid.
        picture: (C, h, w) float32 in [0, 1], where outlines are sought.
        objects: (h, w) float64 in [0, 1], in which objects are brighter than the ground.
        brightness: of `objects`, relative to the local background.
        lines: (h, w) strength of bright lines in the picture, where superpixels or proposals follow lines, else None.
    """

    zoom: Zoom
    picture: Pixels
    objects: Map
    brightness: Brightness
    lines: Map | None = None


@dataclass(frozen=True)
class View:
    """An image, or a part of one, as superpixels and features see it.

    Attributes:
        unit: the image in [0, 1].
        objects: (H, W) in [0, 1], in which objects are brighter than the ground.
        scales: the working grids; superpixels are found on the first, proposals on all.
        steepness: exponent of the relief that outlines are refined on.
        smoothing: Gaussian of that relief in working pixels.
        spacing: sides of a pixel in px.
        window: rows and columns of the image that its maps are asked for, of a volume its planes first; all if None.
    """

    unit: UnitImage
    objects: Map
    scales: tuple[Scale, ...]
    steepness: float = 1.0
    smoothing: float = 0.5
    spacing: tuple[float, ...] = (1.0, 1.0)
    window: tuple[slice, ...] | None = None

    def within(self, window: tuple[slice, ...]) -> View:
        """The same, of which only the maps of a window are asked for."""
        return replace(self, window=window)

    @property
    def brightness(self) -> Brightness:
        """On the first working grid."""
        return self.scales[0].brightness

    @property
    def shape(self) -> tuple[int, ...]:
        """Height and width of the image in pixels; of a volume its planes first."""
        return self.objects.shape

    @property
    def level(self) -> Map:
        """(H, W) relative brightness, from 0 to 1.5; of a volume (Z, H, W), as all maps."""
        return self.scales[0].zoom.to_image(np.clip(self.brightness.level, 0.0, 1.5), self.shape, self.window)

    def relief(self) -> tuple[Map, Map]:
        """(H, W) above and below, see `Brightness`, of the image itself: outlines are found on all of its pixels."""
        zoom, known = self.scales[0].zoom, self.brightness
        if zoom.same and self.smoothing == 0.5:
            return (
                zoom.to_image(known.above, self.shape, self.window) ** self.steepness,
                zoom.to_image(known.below, self.shape, self.window),
            )
        # noise would make outlines ragged; outlines of large objects are not found so much better as they are larger
        sigma = self.smoothing * min(zoom.factor, zoom.factor**0.5)
        fine = gaussian_filter(self.objects, sigma, spacing=self.spacing)
        if self.window is not None:
            fine = fine[self.window]
        ground, inverted = (zoom.to_image(part, self.shape, self.window) for part in (known.ground, known.ground_below))
        above = np.maximum(fine - ground, 0.0) ** (known.exponent * self.steepness)
        return above, np.maximum(1.0 - fine - inverted, 0.0)

    def corrected(self, blur: BlurCorrection, slope: float | None) -> View:
        """With the blur of the first grid corrected. slope: `outline_slope` of the whole image, or None."""
        first, *others = self.scales
        return replace(self, scales=(replace(first, brightness=blur(first.brightness, slope)), *others))


def measure_unit_image(
    unit: UnitImage,
    level: npt.NDArray[np.floating],
    ids: npt.NDArray[np.int32],
    pixel_size: tuple[float, ...],
    zoom: float = 1.0,
    derived: Mapping[str, Pixels] | None = None,
    spacing: tuple[float, ...] | None = None,
) -> RegionStatistics:
    """`measure_regions` of the channels, the relative brightness, and what is derived from the channels.

    Args:
        unit: (C, H, W) image in [0, 1].
        level: (H, W) its relative brightness.
        ids: (H, W) regions 0..N-1.
        pixel_size: height and width of a pixel in um, 0 if not known.
        zoom: see `RegionStatistics`.
        derived: name -> (H, W) in [0, 1].
        spacing: sides of a pixel in px; 1 if not given. Of a volume all maps are (Z, H, W).
    """
    derived = derived or {}
    regions = measure_regions(
        # as kept in a sample, so that whatever measures it again finds the same
        [*unit.pixels, level if level.dtype == np.float16 else level.astype(np.float32), *derived.values()],
        ids,
        scale=np.append(unit.scale, np.ones(1 + len(derived))),
        offset=np.append(unit.offset, np.zeros(1 + len(derived))),
        level_channel=len(unit.pixels),
        pixel_size=pixel_size,
        spacing=spacing,
    )
    return replace(regions, zoom=zoom, derived=tuple(derived))
