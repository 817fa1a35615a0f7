"""From the grid of an image to one on which objects have the width that everything before the graph is made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.graph import pieces_of_equals

LARGEST = 4
F = TypeVar("F", bound="np.floating[Any]")


@dataclass(frozen=True)
class Zoom:
    """A reduction by whole numbers, by means over blocks of pixels, or an enlargement by linear interpolation.

    Parts of an image that begin at multiples of `reduce` are seen as within the whole.

    Attributes:
        reduce: pixels of the image along the side of a working pixel, >= 1.
        enlarge: working pixels along the side of a pixel of the image, >= 1; one of the two is 1.
    """

    reduce: int = 1
    enlarge: int = 1

    @classmethod
    def of(cls, width: float, working: float) -> Zoom:
        """The zoom that brings a width in px closest to the working one, as a ratio; more than `LARGEST` nothing is
        enlarged, for nothing new appears by it."""
        if width >= working:
            return cls(reduce=_closest(width / working))
        return cls(enlarge=min(_closest(working / width), LARGEST))

    @property
    def factor(self) -> float:
        """Pixels of the image along the side of a working pixel."""
        return self.reduce / self.enlarge

    @property
    def same(self) -> bool:
        """Whether the working grid is that of the image."""
        return self.reduce == self.enlarge == 1

    def to_working(self, values: npt.NDArray[F]) -> npt.NDArray[F]:
        """(..., H, W) to (..., h, w); of the same type. What is missing of the last blocks is like their border."""
        if self.same:
            return values
        if self.enlarge > 1:
            height, width = values.shape[-2:]
            return _interpolated(values, self.enlarge * height, self.enlarge * width, self.enlarge)
        n = self.reduce
        missing = [(0, 0)] * (values.ndim - 2) + [(0, -length % n) for length in values.shape[-2:]]
        padded = np.pad(values, missing, mode="edge") if any(m for _, m in missing) else values
        height, width = padded.shape[-2:]
        blocks = padded.reshape(*padded.shape[:-2], height // n, n, width // n, n)
        return blocks.mean(axis=(-3, -1), dtype=np.float64).astype(values.dtype)

    def to_image(self, values: npt.NDArray[F], shape: tuple[int, int]) -> npt.NDArray[F]:
        """(..., h, w) to (..., H, W): interpolated, or the means over the working pixels of a pixel."""
        if self.same:
            return values
        if self.reduce > 1:
            return _interpolated(values, *shape, self.reduce)
        m = self.enlarge
        blocks = values.reshape(*values.shape[:-2], shape[0], m, shape[1], m)
        return blocks.mean(axis=(-3, -1), dtype=np.float64).astype(values.dtype)

    def groups_to_image(self, groups: npt.NDArray[np.integer], shape: tuple[int, int]) -> npt.NDArray[np.int32]:
        """(h, w) numbers to (H, W), each pixel that of the nearest working pixel."""
        rows, columns = (self._nearest(length) for length in shape)
        return groups[np.ix_(rows, columns)].astype(np.int32)

    def superpixels_to_image(self, ids: Labels, shape: tuple[int, int]) -> Labels:
        """(h, w) superpixels to (H, W) ones that hang together by their sides, ids 0..N-1.

        Of the four nearest working pixels of a pixel those of one superpixel add their linear weights; the heaviest
        wins, so that outlines are smooth instead of stairs. What is enlarged keeps the superpixels of the pixels'
        middles; one that has none is lost.
        """
        if self.same:
            return ids
        found = self.groups_to_image(ids, shape) if self.enlarge > 1 else _voted(ids, shape, self.reduce)
        return pieces_of_equals(found) - 1

    def segments_to_image(self, labels: Labels, shape: tuple[int, int]) -> Labels:
        """(h, w) segments, called by 1 + the flat index of a pixel, 0 = none; to (H, W), called so as well."""
        if self.same:
            return labels
        width = labels.shape[1]
        places = np.maximum(labels - 1, 0)
        rows, columns = (
            self._middle(values, side) for values, side in zip(np.divmod(places, width), shape, strict=True)
        )
        named = np.where(labels > 0, rows * shape[1] + columns + 1, 0)
        return self.groups_to_image(named, shape)

    def _nearest(self, length: int) -> Ints:
        """(length,) the working row or column of each of the image."""
        return np.arange(length) * self.enlarge // self.reduce + self.enlarge // 2

    def _middle(self, working: Ints, length: int) -> Ints:
        """The row or column of the image in the middle of working ones."""
        return np.minimum(working * self.reduce // self.enlarge + self.reduce // 2, length - 1)


def _closest(ratio: float) -> int:
    """The whole number that is closest to a ratio >= 1, as a ratio."""
    low = int(ratio)
    return low if ratio / low <= (low + 1) / ratio else low + 1


def _weights(length: int, out: int, times: int) -> tuple[Ints, Ints, Floats]:
    """Of each of `out` finer places the two nearest of `length` coarser ones, and the weight of the second."""
    place = np.clip((np.arange(out) + 0.5) / times - 0.5, 0, length - 1)
    low = np.minimum(place.astype(np.int64), max(length - 2, 0))
    return low, np.minimum(low + 1, length - 1), place - low


def _interpolated(values: npt.NDArray[F], height: int, width: int, times: int) -> npt.NDArray[F]:
    up, down, share = _weights(values.shape[-2], height, times)
    left, right, part = _weights(values.shape[-1], width, times)
    share = share[:, None]
    tall = values[..., up, :] * (1 - share) + values[..., down, :] * share
    return (tall[..., left] * (1 - part) + tall[..., right] * part).astype(values.dtype)


def _voted(ids: Labels, shape: tuple[int, int], times: int) -> Labels:
    up, down, share = _weights(ids.shape[0], shape[0], times)
    left, right, part = _weights(ids.shape[1], shape[1], times)
    share = share[:, None]
    asked = [ids[np.ix_(rows, columns)] for rows in (up, down) for columns in (left, right)]
    weight = [s * p for s in (1 - share, share) for p in (1 - part, part)]
    best, most = asked[0], np.full(shape, -1.0)
    for k, mine in enumerate(asked):
        total = sum(np.where(other == mine, w, 0.0) for other, w in zip(asked, weight, strict=True))
        better = total > most
        best = np.where(better, mine, best) if k else mine
        most = np.maximum(most, total)
    return best.astype(np.int32)
