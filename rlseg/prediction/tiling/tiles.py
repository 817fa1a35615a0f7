"""A large image in parts: cores that cover it without overlap, each seen with a halo around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

STEP = 4
"""Cores and halos begin at multiples of this: the local background is sampled on such a grid of the whole image."""

Window = tuple[slice, slice]


class Tiling(BaseModel):
    """How a large image is cut.

    Attributes:
        side: largest height and width of a core in pixels.
        halo: pixels seen around a core. What is known of a pixel comes from no farther than half of it; objects that
            reach out farther are looked at again, each by itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    side: int = Field(default=1024, ge=64, multiple_of=STEP)
    halo: int = Field(default=128, ge=32, multiple_of=2 * STEP)

    def needed(self, height: int, width: int) -> bool:
        """Whether an image is larger than one part and its halos."""
        return max(height, width) > self.side + 2 * self.halo

    def grid(self, height: int, width: int, times: int = 1) -> list[list[Tile]]:
        """Rows of tiles whose cores, of about equal size, cover an image.

        Args:
            height, width: of the image.
            times: pixels along the side of a pixel of the working grid, see `Zoom`: cores and halos begin at multiples
                of so many steps, and halos are so much wider.
        """
        rows, columns = _cuts(height, self.side, times), _cuts(width, self.side, times)
        return [
            [
                Tile.around((slice(top, bottom), slice(left, right)), times * self.halo, (height, width))
                for left, right in pairwise(columns)
            ]
            for top, bottom in pairwise(rows)
        ]


def _cuts(length: int, side: int, times: int) -> list[int]:
    count = -(-length // max(side, 4 * STEP * times))
    return [length * i // count // (STEP * times) * STEP * times for i in range(count)] + [length]


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Attributes:
        core: rows and columns of its own, in the image.
        crop: rows and columns that are seen, in the image.
        shape: height and width of the image.
    """

    core: Window
    crop: Window
    shape: tuple[int, int]

    @classmethod
    def around(cls, core: Window, halo: int, shape: tuple[int, int]) -> Tile:
        """A core and the halo around it, as far as the image goes."""
        rows, columns = (
            slice(max(part.start - halo, 0), min(part.stop + halo, length))
            for part, length in zip(core, shape, strict=True)
        )
        return cls(core, (rows, columns), shape)

    @property
    def inner(self) -> Window:
        """The core within the crop."""
        return _within(self.core[0], self.crop[0]), _within(self.core[1], self.crop[1])

    def overlap(self, other: Tile) -> Window:
        """Rows and columns of the image that both see; the two must be neighbours."""
        rows, columns = (
            slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(self.crop, other.crop, strict=True)
        )
        return rows, columns

    def see(self, window: Window) -> Window:
        """Rows and columns of the image as those of the crop."""
        return _within(window[0], self.crop[0]), _within(window[1], self.crop[1])


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)
