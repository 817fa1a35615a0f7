"""The descriptors as the reward file sees them: names that are checked, values in the file's units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rlseg.arrays import Floats
from rlseg.errors import RlsegError
from rlseg.rewards.geometry import Geometry
from rlseg.rewards.measure import CONTINUED, DESCRIPTORS, VOLUME_DESCRIPTORS, Segments
from rlseg.rewards.model import Model, problem
from rlseg.rewards.objects import Channel, channel_name
from rlseg.rewards.words import nearest, quote

PROPERTIES = tuple(sorted({*DESCRIPTORS, *VOLUME_DESCRIPTORS}))
LENGTHS = {"px": 1, "px2": 2, "px3": 3}
"""Power of the length in the units of descriptors."""
# Differences of intensities do not feel the offset of the raw image.
_DIFFERENCES = frozenset({"boundary_evidence", "contrast", "intensity_std"})


def unit_of(name: str, volume: bool = False) -> str:
    """The unit of a descriptor: "px", "px2", "px3", "intensity", "deg" (an axis, period 180) or "1" (none).

    Args:
        name: of the descriptor.
        volume: whether it is that of volumes; also if there is none of this name for images.
    """
    return (VOLUME_DESCRIPTORS if volume or name not in DESCRIPTORS else DESCRIPTORS)[name].unit


def period_of(name: str) -> float | None:
    """After how much a descriptor repeats: 180 for the angle of an axis, None for plain numbers."""
    return 180.0 if unit_of(name) == "deg" else None


def _known(name: str) -> str:
    if name not in PROPERTIES:
        of_volumes = nearest(name, set(VOLUME_DESCRIPTORS) - set(DESCRIPTORS))
        known = PROPERTIES if of_volumes else tuple(sorted(DESCRIPTORS))
        raise problem("unknown-value", f"{quote(name)} is not a known property", word=name, allowed=known)
    return name


class PropertyName:
    """Marks a field that names a descriptor."""


Property = Annotated[str, AfterValidator(_known), PropertyName(), Field(json_schema_extra={"enum": list(PROPERTIES)})]


class Units(Model):
    """The units of all numbers of a reward file; angles are in degrees."""

    length: Literal["px", "um"]
    """px, or um if the data know their pixel size; areas are in its square, volumes in its cube."""
    intensity: Literal["unit", "raw"] | None = None
    """unit: the image as normalised to [0, 1]; raw: the values of the image file."""
    angle: Literal["deg"] = "deg"
    """Angles are in degrees; may be left out."""


@dataclass(frozen=True)
class Measurements:
    """Descriptors of M segments in the units of the reward file.

    Args:
        segments: the segments of K partitions of one image.
        units: the units of the file.
        pixel_size: um per pixel; 1.0 if the file speaks of px.
        geometry: the places of the file, in its units; None if it has none.
        continued: measure segments at the border of the image as they could go on beyond it.
    """

    segments: Segments
    units: Units
    pixel_size: float = 1.0
    geometry: Geometry | None = None
    continued: bool = False

    @property
    def as_seen(self) -> Measurements:
        """The same of what is seen, for what must not be guessed."""
        return replace(self, continued=False)

    def value(self, name: str, channel: Channel = 0) -> Floats:
        """One descriptor of every segment.

        Args:
            name: a descriptor.
            channel: of the intensity descriptors.

        Returns:
            (M,) floats in the file's units.

        Raises:
            RlsegError: the image has no such channel.
        """
        unit = unit_of(name, self.segments.regions.is_volume)
        number = self.channel_number(name, channel) if unit == "intensity" else 0
        values = self.segments.descriptor(name, number)
        if self.continued and name in CONTINUED:
            beyond = self.segments.continued
            values = values.copy()
            values[beyond.ids] = beyond.descriptor(name)
        if unit in LENGTHS:
            return values * self.pixel_size ** LENGTHS[unit]
        if unit == "intensity":
            return self.in_units(values, number, difference=name in _DIFFERENCES)
        return values

    def channel_number(self, name: str, channel: Channel) -> int:
        """The place of a channel in the tables.

        Args:
            name: of what asks for it.
            channel: of the image, or made from those.

        Raises:
            RlsegError: there is no such channel, or it is asked for in raw intensities and has none.
        """
        regions = self.segments.regions
        # the relative brightness comes after the channels of the image; it has properties of its own
        channels = regions.level_channel or len(regions.scale)
        if not isinstance(channel, int):
            known = channel_name(channel)
            if known not in regions.derived:
                raise RlsegError(
                    f"{name} asks for the channel {known}, which was not made when the image was prepared",
                    "rlseg fit makes those of its reward file: prepare with Preparation().for_reward(file)",
                )
            if self.units.intensity == "raw":
                what = f"{name} asks for the channel {known} in raw intensities, but it lies between 0 and 1"
                raise RlsegError(what, "write units: {intensity: unit}")
            return channels + 1 + regions.derived.index(known)
        if channel >= channels:
            raise RlsegError(
                f"no channel {channel} for {name}: the image has {channels} channel(s)", "channels are counted from 0"
            )
        return channel

    def in_units(self, values: Floats, channel: int, difference: bool) -> Floats:
        """Intensities of a channel, or differences between such, in the file's unit. Any shape."""
        if self.units.intensity != "raw":
            return values
        regions = self.segments.regions
        return values * regions.scale[channel] + (0.0 if difference else regions.offset[channel])
