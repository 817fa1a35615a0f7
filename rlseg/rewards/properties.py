"""The descriptors as the reward file sees them: names that are checked, values in the file's units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rlseg.errors import RlsegError
from rlseg.regions import Floats
from rlseg.rewards.descriptors import DESCRIPTORS
from rlseg.rewards.model import Model, problem
from rlseg.rewards.segments import Segments
from rlseg.rewards.words import quote

PROPERTIES = tuple(sorted(DESCRIPTORS))
# Differences of intensities do not feel the offset of the raw image.
_DIFFERENCES = frozenset({"contrast", "intensity_std"})


def unit_of(name: str) -> str:
    """The unit of a descriptor: "px", "px2", "intensity" or "1" (none)."""
    return DESCRIPTORS[name].unit


def _known(name: str) -> str:
    if name not in DESCRIPTORS:
        raise problem("unknown-value", f"{quote(name)} is not a known property", word=name, allowed=PROPERTIES)
    return name


class PropertyName:
    """Marks a field that names a descriptor."""


Property = Annotated[str, AfterValidator(_known), PropertyName(), Field(json_schema_extra={"enum": list(PROPERTIES)})]


class Units(Model):
    """The units of all numbers of a reward file; angles are in degrees."""

    length: Literal["px", "um"]
    """px, or um if the data know their pixel size; areas are in its square."""
    intensity: Literal["unit", "raw"] | None = None
    """unit: the image as normalised to [0, 1]; raw: the values of the image file."""


@dataclass(frozen=True)
class Measurements:
    """Descriptors of M segments in the units of the reward file.

    Args:
        segments: the segments of K partitions of one image.
        units: the units of the file.
        pixel_size: um per pixel; 1.0 if the file speaks of px.
    """

    segments: Segments
    units: Units
    pixel_size: float = 1.0

    def value(self, name: str, channel: int = 0) -> Floats:
        """One descriptor of every segment.

        Args:
            name: a descriptor.
            channel: image channel of the intensity descriptors.

        Returns:
            (M,) floats in the file's units.

        Raises:
            RlsegError: the image has no such channel.
        """
        regions = self.segments.regions
        unit = unit_of(name)
        if unit == "intensity" and channel >= len(regions.scale):
            raise RlsegError(
                f"no channel {channel} for {name}: the image has {len(regions.scale)} channel(s)",
                "channels are counted from 0",
            )
        values = self.segments.descriptor(name, channel)
        if unit == "px":
            return values * self.pixel_size
        if unit == "px2":
            return values * self.pixel_size**2
        if unit == "intensity" and self.units.intensity == "raw":
            offset = 0.0 if name in _DIFFERENCES else regions.offset[channel]
            return values * regions.scale[channel] + offset
        return values
