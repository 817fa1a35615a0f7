"""From the grid of an image to one on which objects have the width that everything before the graph is made for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.graph import pieces_of_equals
from rlseg.jit import jit

LARGEST = 4
_MOST_ROOM = 4.0
_ROUNDING = 1e-9
F = TypeVar("F", bound="np.floating[Any]")
Window = tuple[slice, ...]


@dataclass(frozen=True)
class Zoom:
    """A reduction by whole numbers, by means over blocks of pixels, or an enlargement by linear interpolation.

    Parts of an image that begin at multiples of `reduce` are seen as within the whole. Of a volume this is what happens
    to rows and columns; its planes have a number of their own. Of images, and of volumes all of whose planes stay, all
    axes but the last two are left alone.

    Attributes:
        reduce: pixels of the image along the side of a working pixel, >= 1.
        enlarge: working pixels along the side of a pixel of the image, >= 1; one of the two is 1.
        planes: of a volume that are put together to one, >= 1.
    """

    reduce: int = 1
    enlarge: int = 1
    planes: int = 1

    @classmethod
    def of(cls, width: float, working: float) -> Zoom:
        """The zoom that brings a width in px closest to the working one, as a ratio; more than `LARGEST` nothing is
        enlarged, for nothing new appears by it."""
        if width >= working:
            return cls(reduce=_closest(width / working))
        return cls(enlarge=min(_closest(working / width), LARGEST))

    @classmethod
    def of_volume(cls, width: float, working: float, distance: float) -> Zoom:
        """The same of a volume, on which objects that are resampled are at least as wide as the working width: where
        they come out narrower more of them are missed (docs/volumes.md).

        Args:
            width, working: px.
            distance: of the planes in px.
        """
        found = cls.of(width, working)
        if found.reduce > 1:
            found = cls(reduce=int(width / working + _ROUNDING))
        elif found.enlarge > 1:
            found = cls(enlarge=min(ceil(working / width - _ROUNDING), LARGEST))
        return found.with_planes(distance)

    def with_planes(self, distance: float) -> Zoom:
        """The same of a volume whose planes are so many px apart.

        Planes nearer than a working pixel are put together, so that voxels are as close to cubes as they can be; finer
        ones only cost time. None are put between others: outlines would lie better by it, but fewer objects be found.
        """
        return replace(self, planes=_closest(max(self.factor / distance, 1.0)))

    @property
    def factor(self) -> float:
        """Pixels of the image along the side of a working pixel."""
        return self.reduce / self.enlarge

    @property
    def room(self) -> float:
        """How many voxels of a volume cost as much as one that is looked at as it is: those of its working grid most,
        but all of them something."""
        return min(self.planes * self.factor**2, _MOST_ROOM)

    @property
    def same(self) -> bool:
        """Whether the working grid is that of the image."""
        return self == Zoom()

    @property
    def reduced(self) -> tuple[int, ...]:
        """`reduce` along each axis that may change: rows and columns, and planes before them if they change."""
        sides = self.reduce, self.reduce
        return sides if self.planes == 1 else (self.planes, *sides)

    def spacing(self, of_image: tuple[float, ...]) -> tuple[float, ...]:
        """Sides of a working pixel, in the side of one within its plane. of_image: sides of a pixel in px."""
        if len(of_image) == 2 or self.same:
            return of_image
        apart, *sides = of_image
        return apart * self.planes / self.factor, *sides

    def to_working(self, values: npt.NDArray[F]) -> npt.NDArray[F]:
        """(..., H, W) to (..., h, w); of the same type. What is missing of the last blocks is like their border."""
        if self.same:
            return values
        reduced = self.reduced
        if max(reduced) > 1:
            first = values.ndim - len(reduced)
            lengths = values.shape[first:]
            missing = [(0, 0)] * first + [(0, -length % n) for length, n in zip(lengths, reduced, strict=True)]
            values = _block_means(np.pad(values, missing, mode="edge") if np.any(missing) else values, reduced)
        if self.enlarge > 1:
            height, width = values.shape[-2:]
            whole, all_of = (self.enlarge * height, self.enlarge * width), (slice(None),) * 2
            values = _interpolated(values, whole, (self.enlarge,) * 2, all_of)
        return values

    def to_image(self, values: npt.NDArray[F], shape: tuple[int, ...], window: Window | None = None) -> npt.NDArray[F]:
        """Interpolated, or the means over the working pixels of a pixel.

        Args:
            values: (h, w) or (z, h, w), where there may be more axes before those that change.
            shape: of the image: (H, W) or (Z, H, W).
            window: what of the image is asked for, along each of its axes; all of it if not given.
        """
        chosen = [slice(0, length) for length in shape] if window is None else list(window)
        lengths, count = list(shape), len(self.reduced)
        if window is not None and count < len(shape):  # planes that stay
            values = values[..., window[0], :, :]
        if self.same:
            return values if window is None else values[..., window[-2], window[-1]]
        if self.enlarge > 1:
            m = self.enlarge
            rows, columns = (slice(m * one.start, m * one.stop) for one in chosen[-2:])
            values = _block_means(values[..., rows, columns], (m, m))
            lengths[-2:] = values.shape[-2:]
            chosen[-2:] = [slice(None)] * 2
        if max(self.reduced) > 1:
            values = _interpolated(values, lengths[-count:], self.reduced, chosen[-count:])
        return values

    def groups_to_image(
        self, groups: npt.NDArray[np.integer], shape: tuple[int, ...], window: Window | None = None
    ) -> npt.NDArray[np.int32]:
        """(h, w) numbers to (H, W), each pixel that of the nearest working pixel; of a volume likewise. shape, window:
        as of `to_image`."""
        if self.same:
            return (groups if window is None else groups[window]).astype(np.int32, copy=False)
        n, m = self.reduce, self.enlarge
        planes = [np.arange(length) // self.planes for length in shape[:-2]]
        places = [*planes, *(np.arange(length) * m // n + m // 2 for length in shape[-2:])]
        if window is not None:
            places = [of_axis[part] for of_axis, part in zip(places, window, strict=True)]
        return groups[np.ix_(*places)].astype(np.int32)

    def superpixels_to_image(self, ids: Labels, shape: tuple[int, ...]) -> Labels:
        """(h, w) superpixels to (H, W) ones that hang together by their sides, ids 0..N-1; of a volume likewise.

        Of the nearest working pixels of a pixel, two along each axis, those of one superpixel add their linear weights;
        the heaviest wins, so that outlines are smooth instead of stairs. What is enlarged keeps the superpixels of the
        pixels' middles; one that has none is lost.
        """
        if self.same:
            return ids
        if self.enlarge > 1:
            ids = Zoom(enlarge=self.enlarge).groups_to_image(ids, (*ids.shape[:-2], *shape[-2:]))
        if max(self.reduced) > 1:
            ids = _voted(ids, shape[-len(self.reduced) :], self.reduced)
        return pieces_of_equals(ids) - 1

    def segments_to_image(self, labels: Labels, shape: tuple[int, ...], window: Window | None = None) -> Labels:
        """(h, w) segments, called by 1 + the flat index of a pixel, 0 = none; to (H, W), called so as well; of a volume
        likewise. shape, window: as of `to_image`."""
        if self.same:
            return labels if window is None else labels[window]
        places: npt.NDArray[Any] = np.maximum(labels - 1, 0)
        named: npt.NDArray[Any] = np.zeros((), labels.dtype)
        sides = (self.reduce, self.enlarge)
        steps = [*(() if labels.ndim == 2 else ((self.planes, 1),)), sides, sides]
        size = 1
        for length, whole, (n, m) in zip(labels.shape[::-1], shape[::-1], steps[::-1], strict=True):
            places, inside = np.divmod(places, length)
            named = named + np.minimum(inside * n // m + n // 2, whole - 1) * size
            size *= whole
        return self.groups_to_image(np.where(labels > 0, named + 1, 0), shape, window)

    def window(self, window: Window) -> Window:
        """Working rows and columns of those of the image, of a volume its planes first."""
        sides = (self.reduce, self.enlarge)
        steps = [*(() if len(window) == 2 else ((self.planes, 1),)), sides, sides]
        return tuple(
            slice(*(-(-end * m // n) for end in (part.start, part.stop)))
            for part, (n, m) in zip(window, steps, strict=True)
        )


def _closest(ratio: float) -> int:
    """The whole number that is closest to a ratio >= 1, as a ratio."""
    low = int(ratio)
    return low if ratio / low <= (low + 1) / ratio else low + 1


def _block_means(values: npt.NDArray[F], sides: Sequence[int]) -> npt.NDArray[F]:
    """Means over blocks with these sides along the last axes."""
    first = values.ndim - len(sides)
    split = [part for length, n in zip(values.shape[first:], sides, strict=True) for part in (length // n, n)]
    blocks = values.reshape(*values.shape[:first], *split)
    axes = tuple(first + 2 * k + 1 for k in range(len(sides)))
    return blocks.mean(axis=axes, dtype=np.float64).astype(values.dtype)


def _weights(length: int, out: int, times: int) -> tuple[Ints, Ints, Floats]:
    """Of each of `out` finer places the two nearest of `length` coarser ones, and the weight of the second."""
    place = np.clip((np.arange(out) + 0.5) / times - 0.5, 0, length - 1)
    low = np.minimum(place.astype(np.int64), max(length - 2, 0))
    return low, np.minimum(low + 1, length - 1), place - low


def _all_weights(lengths: Sequence[int], shape: Sequence[int], times: Sequence[int]) -> list[tuple[Ints, Ints, Floats]]:
    """Of planes, rows and columns; planes stay where nothing is said of them."""
    found = [_weights(length, out, n) for length, out, n in zip(lengths[-len(shape) :], shape, times, strict=True)]
    return found if len(found) == 3 else [_weights(lengths[0], lengths[0], 1), *found]


def _interpolated(
    values: npt.NDArray[F], shape: Sequence[int], times: Sequence[int], window: Sequence[slice]
) -> npt.NDArray[F]:
    """Linear between the middles of coarser pixels, along the last axes. shape: of these; times: finer along each;
    window: what of them is asked for."""
    first = values.ndim - len(shape)
    # (V, Z, H, W); all that comes before rows and columns are planes of one where nothing happens to planes
    volumes = values.reshape(*((-1,) if len(shape) == 3 else (1, -1)), *values.shape[first:])
    weights = _all_weights(volumes.shape[1:], shape, times)
    parts = [*[slice(None)] * (3 - len(window)), *window]
    planes, rows, columns = (tuple(one[part] for one in of) for of, part in zip(weights, parts, strict=True))
    found = np.empty((len(volumes), len(planes[0]), len(rows[0]), len(columns[0])), values.dtype)
    for one, fine in zip(np.ascontiguousarray(volumes), found, strict=True):
        _fill_between(one, *planes, *rows, *columns, fine)
    return found.reshape(*values.shape[:first], *found.shape[-len(shape) :])


@jit
def _fill_between(
    coarse: npt.NDArray[F],
    before: Ints,
    behind: Ints,
    deep: Floats,
    up: Ints,
    down: Ints,
    share: Floats,
    left: Ints,
    right: Ints,
    part: Floats,
    fine: npt.NDArray[F],
) -> None:
    """Planes of (z, h, w), then rows, then columns."""
    _, height, width = coarse.shape
    plane = np.empty((height, width))
    line = np.empty(width)
    for z in range(len(fine)):
        one, other, second = coarse[before[z]], coarse[behind[z]], deep[z]
        for r in range(height):
            for c in range(width):
                plane[r, c] = one[r, c] * (1 - second) + other[r, c] * second
        for r in range(fine.shape[1]):
            above, below, second = plane[up[r]], plane[down[r]], share[r]
            for c in range(width):
                line[c] = above[c] * (1 - second) + below[c] * second
            for c in range(fine.shape[2]):
                fine[z, r, c] = line[left[c]] * (1 - part[c]) + line[right[c]] * part[c]


def _voted(ids: Labels, shape: tuple[int, ...], times: Sequence[int]) -> Labels:
    """See `Zoom.superpixels_to_image`."""
    volume = ids.reshape(-1, *ids.shape[-2:])
    weights = _all_weights(volume.shape, shape, times)
    found = np.empty([len(low) for low, _, _ in weights], np.int32)
    places = [np.stack(part[:2]) for part in weights]
    shares = [np.stack([1 - part[2], part[2]]) for part in weights]
    _vote(np.ascontiguousarray(volume, np.int32), *places, *shares, found)
    return found.reshape(*ids.shape[: ids.ndim - len(shape)], *shape)


@jit
def _vote(
    ids: Labels,
    deep: Ints,
    down: Ints,
    across: Ints,
    by_plane: Floats,
    by_row: Floats,
    by_column: Floats,
    found: Labels,
) -> None:
    """Places and weights are (2, ...), of the nearer and the farther ones along each axis."""
    asked = np.empty(8, np.int32)
    weight = np.empty(8)
    planes, rows, columns = found.shape
    for z in range(planes):
        sides = 1 if by_plane[1, z] == 0 else 2
        for r in range(rows):
            for c in range(columns):
                count = 0
                for i in range(sides):
                    for j in range(2):
                        for k in range(2):
                            asked[count] = ids[deep[i, z], down[j, r], across[k, c]]
                            weight[count] = by_plane[i, z] * by_row[j, r] * by_column[k, c]
                            count += 1
                best, most = asked[0], -1.0
                for i in range(count):
                    total = 0.0
                    for j in range(count):
                        if asked[j] == asked[i]:
                            total += weight[j]
                    if total > most:
                        best, most = asked[i], total
                found[z, r, c] = best
