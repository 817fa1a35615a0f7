"""What is open in a viewer as images: a plane, all planes, colours and channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io import PixelSize, RawImage, image_of, pixel_size_of


@dataclass(frozen=True)
class Planes:
    """The planes of an open image.

    Attributes:
        data: (..., H, W), (..., H, W, 3 or 4) if colours, or (..., C, H, W) if channels.
        colours: whether the last axis is the colour.
        channels: whether the axis before the last two is the channel.
        pixel_size: of a plane, None if it is not known.
    """

    data: Any
    colours: bool
    channels: bool
    pixel_size: PixelSize | None = None

    @property
    def stack(self) -> tuple[int, ...]:
        """How many planes there are along each axis; () for a single one."""
        return tuple(self.data.shape[: self.data.ndim - self._own])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a plane."""
        high, wide = self.data.shape[-3:-1] if self.colours else self.data.shape[-2:]
        return int(high), int(wide)

    @property
    def _own(self) -> int:
        return 3 if self.colours or self.channels else 2

    def places(self) -> Iterator[tuple[int, ...]]:
        """Of all planes, the last axis fastest."""
        return product(*(range(count) for count in self.stack))

    def at(self, place: Sequence[int] = ()) -> RawImage:
        """One plane.

        Args:
            place: a number from 0 for each axis of the stack, further ones are left out; those of another stack are
                brought into this one.

        Raises:
            RlsegError: what is there is no image of numbers.
        """
        asked = [min(max(int(one), 0), count - 1) for one, count in zip(place, self.stack, strict=False)]
        index = tuple(asked) + (0,) * (len(self.stack) - len(asked))
        # only now read, where an image lies on the disk
        plane = np.asarray(self.data[index])
        if self.colours:
            plane = np.moveaxis(plane[..., :3], -1, 0)
            if (plane == plane[:1]).all():  # a gray picture that was saved in colour, as for files
                plane = plane[0]
        if plane.dtype == bool:
            raise RlsegError("the image holds only true and false", "open the image itself, this is a mask")
        return replace(image_of(plane), pixel_size=self.pixel_size)


def planes_of(
    data: Any, colours: bool, channels: bool = False, scale: Sequence[float] = (), units: Sequence[object] = ()
) -> Planes:
    """The planes of a layer.

    Args:
        data: an array, or several of the same image from fine to coarse, of which the first is taken.
        colours: whether its last axis is the colour.
        channels: whether the axis before the last two is no stack, but the channel.
        scale, units: of the axes of the layer.

    Raises:
        RlsegError: there is no plane in it.
    """
    # pyramids are lists of arrays
    first = data if hasattr(data, "dtype") else data[0]
    if first.ndim < (3 if colours or channels else 2) or 0 in first.shape:
        raise RlsegError(f"an image has rows and columns, this has shape {tuple(first.shape)}")
    return Planes(first, colours, channels and not colours, micrometres(scale, units))


def micrometres(scale: Sequence[float], units: Sequence[object]) -> PixelSize | None:
    """Size of a pixel of a layer; None if its last two axes have no unit of length.

    Args:
        scale: of each axis.
        units: of each axis, as text or as what says it when it is made text.
    """
    if len(scale) < 2 or len(units) < 2:
        return None
    return pixel_size_of(scale[-2], scale[-1], str(units[-2]), str(units[-1]))
