"""Which parts of which images or volumes superpixels are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import PrivateAttr
from scipy import ndimage

from rlseg.arrays import Floats, Labels, Map, Pixels
from rlseg.data import Limits, Normalisation, Preparation
from rlseg.data.filters import gradient_magnitude
from rlseg.data.superpixels import ridge_map
from rlseg.graph import cracks
from rlseg.io import PixelSize, RawImage

MOST_IMAGES = 3
_OBJECTS_ACROSS = 20
_LEAST_SIDE, _MOST_SIDE = 320, 1024
# the same of a volume, and voxels
_ACROSS_VOLUME, _LEAST_OF_VOLUME, _MOST_VOXELS = 6, 64, 2**18
# px where objects are 15 px wide: how far around an outline a better place for it is sought, half the width of a line,
# and how far beside its middle outlines may run: people draw them within a rim, in its middle or around it
_AROUND, _LINE, _BESIDE, _USUAL_WIDTH = 3, 1.2, 2, 15


class _OfWhole(Normalisation):
    """A part of an image is as bright as within the whole."""

    _known: Limits = PrivateAttr()

    def limits(self, raw: npt.NDArray[np.floating]) -> Limits:
        """Those of the whole."""
        return self._known


@dataclass(frozen=True)
class Part:
    """Of an image, by itself; of a volume all maps are (z, h, w).

    Attributes:
        pixels: (C, h, w) as stored.
        normalisation: with the limits of the whole image.
        size: of the pixels, as the file says it.
        steep: (h, w) how much each pixel looks like part of an outline: its gradient, or how strong a line is near by.
        steepest: (h, w) the largest of `steep` near each pixel.
        width: of the objects in px, the geometric mean of smallest and largest.
        spacing: sides of a pixel in px.
    """

    pixels: Pixels
    normalisation: Normalisation
    size: PixelSize | None
    steep: Map
    steepest: Map
    width: float
    spacing: tuple[float, ...] = (1.0, 1.0)

    @property
    def room(self) -> float:
        """How many round objects have the area, or the volume, of the part."""
        if len(self.spacing) == 3:
            return float(self.steep.size * np.prod(self.spacing) / (np.pi / 6 * self.width**3))
        return self.steep.size / (np.pi / 4 * self.width**2)

    def sharpness(self, objects: Labels) -> Floats:
        """How well the outlines of objects lie where the image has some: (n,) in [0, 1].

        sharpness = sum_outline steep / sum_outline steepest, over the pixels on both sides of the outline; of volumes
        over the voxels on both sides of its faces.

        Args:
            objects: (h, w) 0 = background, 1..n.
        """
        count = int(objects.max(initial=0))
        flat, steep, steepest = objects.ravel(), self.steep.ravel(), self.steepest.ravel()
        have, could = np.zeros(count + 1), np.zeros(count + 1)
        first, second = cracks(objects)
        for mine in (first, second):
            for side in (first, second):
                have += np.bincount(flat[mine], steep[side], minlength=count + 1)
                could += np.bincount(flat[mine], steepest[side], minlength=count + 1)
        return (have / np.where(could > 0, could, 1.0))[1:]


def chosen_of(count: int) -> list[int]:
    """Which of so many images are looked at: at most MOST_IMAGES, spread evenly over all, 0..count-1."""
    few = min(count, MOST_IMAGES)
    return [int((number + 0.5) * count / few) for number in range(few)]


def part_of(image: RawImage, preparation: Preparation) -> Part:
    """The middle of an image: a square with room for 20 x 20 objects; all of an image that is hardly larger.

    Args:
        image: as read.
        preparation: knows what the objects look like.

    Raises:
        RlsegError: their width is in um, and the size of the pixels is not known; or the image has not the channels
            that are asked for.
    """
    pixels, size = image.pixels, image.pixel_size
    width = float(np.sqrt(np.prod(preparation.widths(size))))
    if preparation.volume:
        return _part_of_volume(image, preparation, width)
    side = round(min(max(_OBJECTS_ACROSS * width, _LEAST_SIDE), _MOST_SIDE))
    rows, columns = (_middle(length, side) for length in pixels.shape[1:])
    part = np.ascontiguousarray(pixels[:, rows, columns])
    normalisation = _as_whole(preparation, pixels)
    picture = preparation.signal(normalisation.apply(part), size).picture.astype(np.float64)
    times = width / _USUAL_WIDTH
    if _outlined(preparation):
        # an outline may run along either side of a line as well
        lines = ridge_map(picture.mean(axis=0), _LINE * times)
        steep = ndimage.maximum_filter(lines, size=2 * round(_BESIDE * times) + 1)
    else:
        steep = np.sqrt(sum(ndimage.gaussian_gradient_magnitude(channel, times) ** 2 for channel in picture))
    steepest = ndimage.maximum_filter(steep, size=2 * max(round(_AROUND * times), 1) + 1)
    return Part(part, normalisation, size, steep, steepest, width)


def _outlined(preparation: Preparation) -> bool:
    return preparation.objects is not None and preparation.objects.way == "outlined"


def _as_whole(preparation: Preparation, pixels: Pixels) -> Normalisation:
    normalisation = _OfWhole(**preparation.normalisation.model_dump())
    normalisation._known = preparation.normalisation.limits(pixels)
    return normalisation


def _part_of_volume(image: RawImage, preparation: Preparation, width: float) -> Part:
    """The middle of a volume: a cube with room for 6 x 6 x 6 objects, less where that is more than 2^18 voxels; of
    larger or smaller ones what is as much work, see `Zoom.room`."""
    pixels, size = image.pixels, image.pixel_size
    spacing = preparation.spacing(size)
    (zoom,) = preparation.zooms(size)
    side = max(_ACROSS_VOLUME * width, _LEAST_OF_VOLUME * zoom.factor)
    shape = [min(length, max(round(side / one), 1)) for length, one in zip(pixels.shape[1:], spacing, strict=True)]
    shape = [one.stop - one.start for one in middle_of(shape, spacing, _MOST_VOXELS * zoom.room)]
    starts = [(length - count) // 2 for length, count in zip(pixels.shape[1:], shape, strict=True)]
    window = tuple(slice(start, start + count) for start, count in zip(starts, shape, strict=True))
    part = np.ascontiguousarray(pixels[(slice(None), *window)])
    normalisation = _as_whole(preparation, pixels)
    picture = preparation.signal(normalisation.apply(part), size).picture.astype(np.float64)
    times = width / _USUAL_WIDTH
    around, beside = ([2 * round(reach * times / one) + 1 for one in spacing] for reach in (_AROUND, _BESIDE))
    if _outlined(preparation):
        lines = ridge_map(picture.mean(axis=0), _LINE * times, spacing=spacing)
        steep = ndimage.maximum_filter(lines, size=beside)
    else:
        steep = np.sqrt(sum(gradient_magnitude(channel, times, spacing) ** 2 for channel in picture))
    return Part(part, normalisation, size, steep, ndimage.maximum_filter(steep, size=around), width, spacing)


def parts_of(images: Sequence[RawImage], preparation: Preparation) -> list[Part]:
    """`part_of` of each."""
    return [part_of(image, preparation) for image in images]


def _middle(length: int, side: int) -> slice:
    if length <= 1.25 * side:
        return slice(0, length)
    start = (length - side) // 2
    return slice(start, start + side)


def middle_of(shape: Sequence[int], spacing: tuple[float, ...], most: float) -> tuple[slice, ...]:
    """The middle of a volume: of so many voxels at most, as near to a cube in px as its sides allow.

    Args:
        shape: (Z, H, W).
        spacing: sides of a voxel in px.
        most: voxels.
    """
    sides = [length * side for length, side in zip(shape, spacing, strict=True)]
    edge = max(sides)
    while np.prod([min(edge, side) / one for side, one in zip(sides, spacing, strict=True)]) > most:
        edge *= 0.95
    counts = [max(int(min(edge, side) / one), 1) for side, one in zip(sides, spacing, strict=True)]
    starts = [(length - count) // 2 for length, count in zip(shape, counts, strict=True)]
    return tuple(slice(start, start + count) for start, count in zip(starts, counts, strict=True))
