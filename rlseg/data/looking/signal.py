"""One picture in which the objects are brighter than the ground, whatever they look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Map, Pixels
from rlseg.data.looking.colours import colour_picture, stain_picture
from rlseg.data.looking.ground import distance_from_ground
from rlseg.data.looking.holes import filled_rims
from rlseg.data.looking.zoom import Zoom
from rlseg.data.normalise import UnitImage
from rlseg.errors import RlsegError
from rlseg.rewards import Channel, MixedChannel, Objects


@dataclass(frozen=True)
class Signal:
    """What is looked at in an image.

    Attributes:
        picture: (C, H, W) float32 in [0, 1], where outlines are sought: objects, or the rims around them, are bright;
            of objects that differ from the ground all channels.
        objects: (H, W) float64 in [0, 1], in which objects are brighter than the ground.
    """

    picture: Pixels
    objects: Map


def signal_of(
    unit: UnitImage, objects: Objects | None, widest: float, zoom: Zoom, spacing: tuple[float, ...] = (1.0, 1.0)
) -> Signal:
    """The signal of an image, or of a part of one.

    Args:
        unit: the image in [0, 1].
        objects: what they look like; brighter in the mean of the channels if not given.
        widest: largest short diameter of the objects in px.
        zoom: to the grid on which the ground is looked for.
        spacing: sides of a pixel in px; of a volume all maps are (Z, H, W).

    Raises:
        RlsegError: the image has not the channels that are asked for.
    """
    if objects is None:
        return Signal(unit.pixels, unit.pixels.mean(axis=0).astype(np.float64))
    if objects.way == "different":
        pixels = (
            unit.pixels if objects.channel is None else channel_picture(unit, objects.channel)[None].astype(np.float32)
        )
        return Signal(pixels, distance_from_ground(pixels, zoom))
    picture = channel_picture(unit, "mean" if objects.channel is None else objects.channel)
    if objects.way == "darker" or (objects.way == "outlined" and objects.rim == "dark"):
        picture = 1 - picture
    inside = picture
    if objects.way == "outlined":
        inside = filled_rims(picture, *(_round(share * widest, spacing) for share in (1.5, 0.3)))
    return Signal(picture[None].astype(np.float32), inside)


def _round(width: float, spacing: tuple[float, ...]) -> float:
    """How many pixels a disc has, or how many voxels a ball; width: px."""
    return np.pi / 4 * width**2 if len(spacing) == 2 else np.pi / 6 * width**3 / float(np.prod(spacing))


def channel_picture(unit: UnitImage, channel: Channel) -> Map:
    """What a channel of a reward file shows.

    Args:
        unit: an image in [0, 1], or a part of one.
        channel: of its own, or made from them pixel by pixel.

    Returns:
        (H, W) in [0, 1].

    Raises:
        RlsegError: the image has not the channels for it.
    """
    count = len(unit.pixels)
    if channel == "mean":
        return unit.pixels.mean(axis=0).astype(np.float64)
    if channel == "strongest":
        return unit.pixels.max(axis=0).astype(np.float64)
    if isinstance(channel, MixedChannel):
        return _mixed(unit, channel)
    if int(channel) >= count:
        raise RlsegError(
            f"there is no channel {channel}: the image has {count} channel(s)", "channels are counted from 0"
        )
    return unit.pixels[int(channel)].astype(np.float64)


def _mixed(unit: UnitImage, channel: MixedChannel) -> Map:
    count = len(unit.pixels)
    if channel.weights is not None:
        if len(channel.weights) > count:
            raise RlsegError(f"channel has {len(channel.weights)} weights, but the image {count} channel(s)")
        weights = np.array(channel.weights) / sum(channel.weights)
        return np.tensordot(weights, unit.pixels[: len(weights)].astype(np.float64), 1)
    if count != 3:
        raise RlsegError(
            f"there is no channel {channel}: the image has {count} channel(s)",
            "stains and colours are seen in images with red, green and blue",
        )
    light = _light(unit)
    if channel.stain is not None:
        return stain_picture(light, channel.stain)
    assert channel.colour is not None
    return colour_picture(light, channel.colour)


def _light(unit: UnitImage) -> Pixels:
    """(3, H, W) how much light came through: intensities as stored, the brightest of each channel 1."""
    white = np.where(unit.scale + unit.offset > 0, unit.scale + unit.offset, 1.0)
    dark, span = (np.asarray(part / white)[:, None, None] for part in (unit.offset, unit.scale))
    return np.clip(unit.pixels * span + dark, 0, 1).astype(np.float32)
