"""The slowly varying background of an image: a low percentile of a wide neighbourhood, on a coarse grid."""

from __future__ import annotations

from dataclasses import dataclass

from rlseg.arrays import Map
from rlseg.data.filters import (
    between,
    between_planes,
    gaussian_filter,
    gaussian_of_some,
    percentile_of_window,
    percentiles_of_window,
)

_STEP = 4
_ACROSS = 5
"""Steps from the middle of the neighbourhood to its border."""
_PERCENTILE = 10
_BEFORE, _AFTER = 2.0, 2.0
"""Gaussians, in px before the percentile and in steps after it."""


def ground_steps(spacing: tuple[float, ...]) -> tuple[int, ...]:
    """How many pixels a step of the coarse grid is along each axis. spacing: sides of a pixel in px."""
    return tuple(max(round(_STEP / side), 1) for side in spacing)


def local_background(image: Map, spacing: tuple[float, ...] = (1.0, 1.0)) -> Map:
    """Slowly varying background of a (H, W) or (Z, H, W) image: low percentile of a wide neighbourhood, smoothed."""
    if image.ndim == 3:
        return between_planes(_low(coarse_picture(image, spacing), spacing)[0], image.shape, ground_steps(spacing))
    smooth = gaussian_filter(image, _BEFORE)
    low = gaussian_filter(percentile_of_window(smooth[::_STEP, ::_STEP], _PERCENTILE, 2 * _ACROSS + 1), _AFTER)
    return between(low, image.shape, _STEP)


def coarse_picture(volume: Map, spacing: tuple[float, ...]) -> Map:
    """Of a volume (Z, H, W) every kth plane, mth row and nth column of `ground_steps`, smoothed."""
    return gaussian_of_some(volume, _BEFORE, ground_steps(spacing), spacing)


def _low(coarse: Map, spacing: tuple[float, ...]) -> tuple[Map, Map]:
    """The background on the coarse grid of a volume, and that of the inverted volume."""
    steps = ground_steps(spacing)
    # as wide in px along all axes
    sides = tuple(2 * round(_ACROSS * _STEP / (k * side)) + 1 for k, side in zip(steps, spacing, strict=True))
    apart = tuple(k * side / _STEP for k, side in zip(steps, spacing, strict=True))
    low, high = percentiles_of_window(coarse, _PERCENTILE, sides)
    smooth, inverted = (gaussian_filter(values, _AFTER, spacing=apart) for values in (low, 1.0 - high))
    return smooth, inverted


@dataclass(frozen=True)
class VolumeGround:
    """The local background of a volume, and that of the inverted volume, on the coarse grid.

    Attributes:
        low, inverted: (ceil(Z / k), ceil(H / m), ceil(W / n)) float64, see `coarse_picture`.
        spacing: sides of a voxel in px.
    """

    low: Map
    inverted: Map
    spacing: tuple[float, ...]

    @classmethod
    def of(cls, coarse: Map, spacing: tuple[float, ...]) -> VolumeGround:
        """From the `coarse_picture` of the whole volume."""
        return cls(*_low(coarse, spacing), spacing)

    def around(self, window: tuple[slice, ...]) -> VolumeGround:
        """That of a part of the volume, which begins at multiples of the steps."""
        steps = ground_steps(self.spacing)
        # one more, for what lies between the last of the part and the next
        part = tuple(
            slice(part.start // step, (part.stop - 1) // step + 2) for part, step in zip(window, steps, strict=True)
        )
        return VolumeGround(self.low[part], self.inverted[part], self.spacing)

    def of_shape(self, shape: tuple[int, ...]) -> tuple[Map, Map]:
        """(Z, H, W) the background of the volume, and of the inverted volume, of this shape."""
        steps = ground_steps(self.spacing)
        return between_planes(self.low, shape, steps), between_planes(self.inverted, shape, steps)
