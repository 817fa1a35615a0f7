"""What to try where a colour or the objects hardly show in the images."""

from __future__ import annotations

import numpy as np

from rlseg.commands.new.images import Seen
from rlseg.data.looking import channel_picture
from rlseg.rewards import Channel, MixedChannel

_RGB = 3
# chroma that the most coloured pixels of one of the images have if there is anything of a colour, and which these are
_COLOURED, _MOST = 0.15, 0.995
# of the brightest that can be, what the middle of a light ground has
_LIGHT = 0.5
_STAINS = "--channel hematoxylin (blue nuclei), --channel dab (brown)"


def on_light_ground(seen: Seen) -> bool:
    """Whether the images have red, green and blue and one of them is light, as stained tissue is."""
    return seen.channels == _RGB and any(
        float(np.median(image.raw.pixels)) > _LIGHT * float(np.max(image.unit.scale + image.unit.offset))
        for image in seen.looked_at
    )


def colour_doubt(seen: Seen, channel: Channel | None) -> str | None:
    """A line if somebody asks for a colour that hardly is in the images; None if all is well.

    Args:
        seen: the images.
        channel: what was asked for.
    """
    if not isinstance(channel, MixedChannel) or channel.colour is None:
        return None
    shown = max(float(np.quantile(channel_picture(image.unit, channel), _MOST)) for image in seen.looked_at)
    if shown >= _COLOURED:
        return None
    other = f"in stained tissue take a stain: {_STAINS}" if on_light_ground(seen) else "try another --channel, or none"
    return f"there is hardly any {channel.colour} in the images ({shown:.2f} of 1 in the most coloured pixels): {other}"


def what_to_say(seen: Seen, channel: Channel | None) -> list[str]:
    """What to say to `rlseg new` where it is not sure at all of what it sees, a line each.

    Args:
        seen: the images.
        channel: what was asked for.
    """
    lines = ["--width 14-20, --look darker, or --like KIND (rlseg new --like list)"]
    if seen.volumes:
        lines = ["--width 14-20, --look darker, or --outlines LABELS, stacks in which a few objects are numbered"]
    if channel is not None and colour_doubt(seen, channel) is None:
        return lines
    if seen.channels > 1 and seen.volumes:
        lines.insert(0, "another --channel: a number from 0")
    elif seen.channels > 1:
        lines.insert(0, "another --channel: a number from 0, strongest, or a colour like purple")
    if on_light_ground(seen) and not seen.volumes:
        lines.insert(0, f"of stained tissue: {_STAINS}, or --like tissue")
    return lines
