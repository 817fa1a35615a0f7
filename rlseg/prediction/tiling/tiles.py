"""A large image in parts: cores that cover it without overlap, each seen with a halo around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import ceil, lcm, prod

from pydantic import BaseModel, ConfigDict, Field

from rlseg.data import Zoom
from rlseg.data.superpixels import ground_steps

STEP = 4
"""Cores and halos begin at multiples of this: the local background is sampled on such a grid of the whole image."""
VOLUME_HALO = 24
"""Working px seen around a core of a volume: an object about 15 px wide, and what smooths it. The local background,
which comes from farther away, is known from the whole volume."""
LEAST_CORE = 16
"""Working px, of a volume: smaller cores would be looked at in vain, for their halos take all the time."""

Window = tuple[slice, ...]


class Tiling(BaseModel):
    """How a large image is cut.

    Attributes:
        side: largest height and width of a core in pixels; of a volume also its depth, in px.
        halo: pixels seen around a core. What is known of a pixel comes from no farther than half of it; objects that
            reach out farther are looked at again, each by itself. Of volumes it is `VOLUME_HALO`.
        voxels: of a volume that are seen at a time, with the halo: what decides how much memory a tile takes. Where
            voxels are enlarged less of them, where they are put together up to four times as many, see `Zoom.room`. A
            volume of up to twice as many is looked at as a whole: halos would take as long as smaller parts win.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    side: int = Field(default=1024, ge=64, multiple_of=STEP)
    halo: int = Field(default=128, ge=32, multiple_of=2 * STEP)
    voxels: int = Field(default=2**21, ge=2**12)

    def needed(
        self, shape: Sequence[int], spacing: Sequence[float] = (1.0, 1.0), zooms: Sequence[Zoom] = (Zoom(),)
    ) -> bool:
        """Whether an image (H, W) or a volume (Z, H, W) is larger than one part and its halos.

        Args:
            shape: of the image.
            spacing: sides of a pixel in px.
            zooms: to its working grids; of an image they say nothing of that.
        """
        if len(shape) == 2:
            return max(shape) > self.side + 2 * self.halo
        lengths = [n * side for n, side in zip(shape, spacing, strict=True)]
        # those that are put together need more for themselves already
        room = max(zooms[0].room, min(2 * zooms[0].room, 2.0))
        return prod(shape) > self.voxels * room or max(lengths) > self.side + 2 * VOLUME_HALO * zooms[0].factor

    def grid(
        self, shape: Sequence[int], spacing: Sequence[float] = (1.0, 1.0), zooms: Sequence[Zoom] = (Zoom(),)
    ) -> list[Tile]:
        """Tiles in reading order whose cores, of about equal size, cover an image.

        Args:
            shape: (H, W); or (Z, H, W), cut so that as little as possible is seen more than once.
            spacing: sides of a pixel in px.
            zooms: to the working grids: cores and halos begin at multiples of steps of all of them, and halos are as
                much wider as objects are; of a volume to its one.
        """
        if len(shape) == 2:
            times = lcm(*(zoom.reduce for zoom in zooms))
            halo: tuple[int, ...] = (times * self.halo,) * 2
            cuts = [_cuts(length, self.side, STEP * times) for length in shape]
        else:
            halo, cuts = self._volume_cuts(shape, spacing, zooms[0])
        return [
            Tile.around(tuple(slice(*ends) for ends in core), halo, tuple(shape))
            for core in product(*(pairwise(of_axis) for of_axis in cuts))
        ]

    def _volume_cuts(
        self, shape: Sequence[int], spacing: Sequence[float], zoom: Zoom
    ) -> tuple[tuple[int, ...], list[list[int]]]:
        """The halo of a volume in voxels, and where its axes are cut."""
        reduced = (zoom.planes, zoom.reduce, zoom.reduce)
        steps = tuple(k * n for k, n in zip(ground_steps(zoom.spacing(tuple(spacing))), reduced, strict=True))
        reach, least = VOLUME_HALO * zoom.factor, LEAST_CORE * zoom.factor
        halo = tuple(k * ceil(reach / (k * side)) for k, side in zip(steps, spacing, strict=True))
        best: tuple[int, list[list[int]]] | None = None
        # as many slabs of planes, and within each the largest squares, as let least be seen more than once
        needed = ceil(shape[0] / max(int(self.side / spacing[0]), 1))
        for slabs in range(1, min(max(int(shape[0] * spacing[0] // least), needed), shape[0]) + 1):
            deep = -(-shape[0] // slabs)
            if 1 < deep > self.side / spacing[0]:
                continue
            sides = range(max(min(self.side, max(shape[1:])), ceil(least)), ceil(least) - 1, -STEP)
            cuts = _squares(shape, _cuts(shape[0], deep, steps[0]), halo, steps, sides, self.voxels * zoom.room)
            seen = prod(sum(_crops(of_axis, around)) for of_axis, around in zip(cuts, halo, strict=True))
            if best is None or seen < best[0]:
                best = seen, cuts
        assert best is not None
        return halo, best[1]


def _squares(
    shape: Sequence[int],
    planes: list[int],
    halo: tuple[int, ...],
    steps: tuple[int, ...],
    sides: Sequence[int],
    most: float,
) -> list[list[int]]:
    """The cuts of all axes, those of the planes being known: with the first of some sides of cores by which no more
    voxels are seen at a time than may be, or the last."""
    for side in sides:
        cuts = [planes, *(_cuts(length, side, step) for length, step in zip(shape[1:], steps[1:], strict=True))]
        if prod(max(_crops(*of_axis)) for of_axis in zip(cuts, halo, strict=True)) <= most:
            break
    return cuts


def _cuts(length: int, side: int, step: int) -> list[int]:
    count = -(-length // max(side, 4 * step))
    return [length * i // count // step * step for i in range(count)] + [length]


def _crops(cuts: list[int], halo: int) -> list[int]:
    """How much of an axis each tile sees."""
    return [min(stop + halo, cuts[-1]) - max(start - halo, 0) for start, stop in pairwise(cuts)]


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Attributes:
        core: rows and columns of its own, in the image; of a volume planes first, as of all that follow.
        crop: rows and columns that are seen, in the image.
        shape: height and width of the image.
        halo: rows and columns that are seen around the core, as far as the image goes.
    """

    core: Window
    crop: Window
    shape: tuple[int, ...]
    halo: tuple[int, ...]

    @classmethod
    def around(cls, core: Window, halo: tuple[int, ...], shape: tuple[int, ...]) -> Tile:
        """A core and the halo around it, as far as the image goes."""
        crop = tuple(
            slice(max(part.start - margin, 0), min(part.stop + margin, length))
            for part, margin, length in zip(core, halo, shape, strict=True)
        )
        return cls(core, crop, shape, halo)

    @property
    def inner(self) -> Window:
        """The core within the crop."""
        return self.see(self.core)

    @property
    def last(self) -> tuple[bool, ...]:
        """Along which axes no other tile follows."""
        return tuple(part.stop == length for part, length in zip(self.core, self.shape, strict=True))

    def shared(self, axis: int) -> Window:
        """What the next tile along an axis sees as well, in the image; there must be one."""
        part = slice(max(self.core[axis].stop - self.halo[axis], 0), self.crop[axis].stop)
        return *self.crop[:axis], part, *self.crop[axis + 1 :]

    def see(self, window: Window) -> Window:
        """Rows and columns of the image as those of the crop."""
        return tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(window, self.crop, strict=True)
        )
