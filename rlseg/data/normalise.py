"""Raw intensities to [0, 1], image by image, with the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from rlseg.data.robust_range import robust_range

# of a channel that are held in double precision
PIXELS = 2**20


@dataclass(frozen=True)
class Limits:
    """Of the channels of an image: what becomes 0, and how much more becomes 1.

    Attributes:
        scale, offset: (C,) float64, scale > 0; unit = (raw - offset) / scale.
    """

    scale: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]


@dataclass(frozen=True)
class UnitImage:
    """A normalised image.

    Attributes:
        pixels: (C, H, W) float32 in [0, 1]; of a volume (C, Z, H, W).
        scale, offset: (C,) float64, scale > 0. raw = scale * pixels + offset, except where the
            normalisation clipped.
    """

    pixels: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]


@dataclass(frozen=True)
class UnitChannel:
    """A channel of a volume in [0, 1], of which planes are normalised when they are asked for.

    Attributes:
        raw: (Z, H, W) finite intensities.
        scale, offset: see `Limits`.
    """

    raw: npt.NDArray[np.floating]
    scale: float
    offset: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Z, H, W."""
        return self.raw.shape

    def __getitem__(self, planes: slice) -> npt.NDArray[np.float32]:
        """(z, H, W) float32, as `Normalisation.apply` gives it."""
        values = (self.raw[planes].astype(np.float64) - self.offset) / self.scale
        return np.clip(values, 0.0, 1.0, out=values).astype(np.float32)


class Normalisation(BaseModel):
    """How each channel of each image is brought to [0, 1].

    Attributes:
        method: `robust` maps the smallest and largest intensity to 0 and 1, but clips what is not part of the picture:
            hot pixels, padding, seams, what is painted into it, see `robust_range`; `minmax` clips nothing;
            `percentile` maps the percentiles `low` and `high`, and clips what lies outside.
        low, high: in percent, 0 <= low < high <= 100; read by `percentile` only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["robust", "minmax", "percentile"] = "robust"
    low: float = Field(default=1.0, ge=0, le=100)
    high: float = Field(default=99.8, ge=0, le=100)

    @model_validator(mode="after")
    def _ordered(self) -> Normalisation:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, got low={self.low:g}, high={self.high:g}")
        return self

    def limits(self, raw: npt.NDArray[np.floating]) -> Limits:
        """What of each channel becomes 0, and what spans 1.

        Args:
            raw: (C, H, W) or (C, Z, H, W) finite floats, at least one pixel.

        Returns:
            A constant channel has scale 1; a channel whose two percentiles coincide although it is not constant (few
            bright pixels) goes from its minimum to its maximum.
        """
        bottom, top = np.array([self._range(channel) for channel in raw], np.float64).T
        return Limits(np.where(top > bottom, top - bottom, 1.0), bottom)

    def _range(self, channel: npt.NDArray[np.floating]) -> tuple[float, float]:
        if self.method == "robust":
            return robust_range(channel)
        if self.method == "percentile":
            low, high = np.percentile(channel, [self.low, self.high])
            if high > low:
                return float(low), float(high)
        return float(channel.min()), float(channel.max())

    def apply(self, raw: npt.NDArray[np.floating], limits: Limits | None = None) -> UnitImage:
        """Normalise an image, or a part of one by the `limits` of the whole.

        Args:
            raw: (C, H, W) or (C, Z, H, W) finite floats, at least one pixel.
            limits: those of raw if not given.
        """
        scale, offset = (known := limits or self.limits(raw)).scale, known.offset
        unit = np.empty(raw.shape, np.float32)
        rows = max(1, PIXELS // int(np.prod(raw.shape[2:])))
        by_channel = (-1, *(1,) * (raw.ndim - 1))
        for top in range(0, raw.shape[1], rows):
            part = np.s_[:, top : top + rows]
            values = (raw[part].astype(np.float64) - offset.reshape(by_channel)) / scale.reshape(by_channel)
            unit[part] = np.clip(values, 0.0, 1.0)
        return UnitImage(unit, scale, offset)

    def by_planes(self, raw: npt.NDArray[np.floating], limits: Limits) -> UnitImage:
        """A volume (C, Z, H, W) that is not held in memory a second time: each channel is a `UnitChannel`."""
        channels = [UnitChannel(*known) for known in zip(raw, limits.scale, limits.offset, strict=True)]
        return UnitImage(cast("npt.NDArray[np.float32]", channels), limits.scale, limits.offset)
