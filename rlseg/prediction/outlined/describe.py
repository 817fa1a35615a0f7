"""What outlined objects look like, as the section `objects` of a reward file says it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlseg.arrays import Floats
from rlseg.data import Preparation
from rlseg.environment import Profiles, profiles_of
from rlseg.prediction.outlined.images import OutlinedImage
from rlseg.prediction.outlined.table import table_of_shapes
from rlseg.rewards import Objects

# objects must show so much clearer in one channel than in the mean of all for it to be named
_CLEARER = 1.5
_MINOR = ("axis_minor_length", 0)


def width_of(minor: Floats) -> tuple[float, float]:
    """10th and 90th percentile of short diameters, px, to a tenth."""
    low, high = np.percentile(minor, [10, 90])
    return round(float(low), 1), round(float(high), 1)


def describe_objects(images: Sequence[OutlinedImage], preparation: Preparation = Preparation()) -> Objects:
    """Width (10th to 90th percentile of the minor axis, px), look, rim and, if one shows them best, channel.

    Args:
        images: with at least one object in all.
        preparation: whose normalisation counts, and whether they are volumes.
    """
    found = [image for image in images if image.labels.any()]
    spacings = [preparation.spacing(image.raw.pixel_size) for image in found]
    minor = table_of_shapes([image.labels for image in found], [_MINOR], spacings)[_MINOR].outlined
    pixels = [preparation.normalisation.apply(image.raw.pixels).pixels.astype(np.float64) for image in found]
    channels = min(len(image) for image in pixels)

    def seen(pictures: Sequence[Floats]) -> Profiles:
        empty = Profiles(np.empty(0), np.empty(0))
        sides = spacings if preparation.volume else [None] * len(found)
        each = zip(pictures, found, sides, strict=True)
        return sum((profiles_of(picture, image.labels, side) for picture, image, side in each), empty)

    best, channel = seen([image.mean(axis=0) for image in pixels]), None
    clearness = _CLEARER * best.clearness
    for number in range(channels if channels > 1 else 0):
        other = seen([image[number] for image in pixels])
        if other.clearness > clearness:
            best, channel, clearness = other, number, other.clearness
    look = best.look
    if preparation.volume:  # which are looked at in no other way
        look = "brighter" if np.median(best.apart) >= 0 else "darker"
    rim = best.rim if look == "outlined" else "bright"
    return Objects(width=width_of(minor), look=look, rim=rim, channel=channel)


def described(objects: Objects) -> str:
    """The section as a line of YAML."""
    low, high = objects.widths
    keys = [f"width: [{low:g}, {high:g}]", f"look: {objects.way}"]
    keys += ["rim: dark"] if objects.rim == "dark" else []
    keys += [f"channel: {objects.channel}"] if isinstance(objects.channel, int) else []
    return f"objects: {{{', '.join(keys)}}}"
