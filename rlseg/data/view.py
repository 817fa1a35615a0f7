"""An image as superpixels and features see it, and its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Map
from rlseg.data.normalise import UnitImage
from rlseg.data.superpixels import (
    Brightness,
)
from rlseg.graph import (
    measure_regions,
)
from rlseg.regions import RegionStatistics


@dataclass(frozen=True)
class View:
    """An image, or a part of one, as superpixels and features see it."""

    unit: UnitImage
    brightness: Brightness

    @property
    def level(self) -> Map:
        """(H, W) relative brightness, from 0 to 1.5."""
        return np.clip(self.brightness.level, 0.0, 1.5)


def measure_unit_image(
    unit: UnitImage,
    level: npt.NDArray[np.floating],
    ids: npt.NDArray[np.int32],
    pixel_size: tuple[float, float],
) -> RegionStatistics:
    """`measure_regions` of the channels and, as the last one, the relative brightness.

    Args:
        unit: (C, H, W) image in [0, 1].
        level: (H, W) its relative brightness.
        ids: (H, W) regions 0..N-1.
        pixel_size: height and width of a pixel in um, 0 if not known.
    """
    return measure_regions(
        # as kept in a sample, so that whatever measures it again finds the same
        [*unit.pixels, level.astype(np.float32)],
        ids,
        scale=np.append(unit.scale, 1.0),
        offset=np.append(unit.offset, 0.0),
        level_channel=len(unit.pixels),
        pixel_size=pixel_size,
    )
