"""From what was seen and what was asked for to the reward file of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Map, Pixels
from rlseg.commands.new.asked import Widths, channel_text
from rlseg.commands.new.guess import Guess, guess
from rlseg.commands.new.images import Seen
from rlseg.commands.new.like import GENERAL, Template, digits, template
from rlseg.commands.new.measured import measured
from rlseg.data import UnitImage, Zoom
from rlseg.data.looking import signal_of
from rlseg.errors import RlsegError
from rlseg.rewards import Channel, Look, Objects

SURE, FAIRLY = 0.5, 0.3
_RIVAL = 0.85
_BETTER = 0.15
_MOST_CHANNELS = 4


@dataclass(frozen=True)
class Asked:
    """What the user has said: nothing of it must be."""

    like: str | None = None
    width: Widths | None = None
    look: Look | None = None
    channel: Channel | None = None


@dataclass(frozen=True)
class Plan:
    """The reward file to write.

    Attributes:
        template: that it begins with, filled in.
        guess: what was seen in the images, or None.
        said: what was chosen and why, a line each, for people.
    """

    template: Template
    guess: Guess | None
    said: tuple[str, ...]


def plan(name: str, seen: Seen, asked: Asked) -> Plan:
    """Choose look, widths and contrast.

    Args:
        name: of the reward.
        seen: the images.
        asked: what is known.

    Raises:
        RlsegError: nothing looks like objects, or what is asked for contradicts itself.
    """
    begun = None if asked.like is None else template(asked.like)
    known = None if begun is None else begun.file.objects
    look = asked.look
    if known is not None:
        if look is not None and look != known.way and asked.like not in GENERAL:
            raise RlsegError(
                f"objects like {asked.like} are {known.way}, but --look says {look}",
                f"leave one of them out; --like {look} knows of the look alone",
            )
        look = look or known.way
    channel = asked.channel if asked.channel is not None or known is None else known.channel
    channel, found = _look(seen, channel, look)
    if begun is None:
        if found is None and (look is None or asked.width is None):
            raise RlsegError(
                f"nothing in the images in {seen.source} looks like objects of one kind",
                "say how wide they are and what they look like, like --width 14-20 --look darker, or --like bacteria",
            )
        begun = template(str(look) if found is None else found.look)
    if asked.like in GENERAL and look is not None:
        begun = template(look)
    return _filled(name, begun, seen, asked, channel, found)


def _filled(name: str, begun: Template, seen: Seen, asked: Asked, channel: Channel | None, found: Guess | None) -> Plan:
    objects = begun.file.objects
    assert objects is not None
    width, source = objects.widths, f"as usual for {begun.name}: nothing like it was seen in the images"
    if asked.width is not None:
        width, source = asked.width, "as you say"
    elif found is not None:
        width = (max(found.width[0], 2.0), max(found.width[1], 2.0))
        source = f"seen: nine of ten of {found.objects} objects in {len(seen.units)} image(s); {confidence(found)}"
    filled = begun.sized(width)
    if found is not None:
        if begun.name in GENERAL:
            filled = _longer(filled, found, width)
        filled = measured(filled, found, seen.units, channel if isinstance(channel, int) else 0)
    look_source = f"as for {asked.like}" if asked.like else "as you say"
    if asked.like is None and asked.look is None and found is not None:
        rival = f"; the next best, {found.rival[0]}: {found.rival[1]:.2f}" if found.rival[1] > 0 else ""
        look_source = f"by what stands out, {min(found.sure, 1.0):.2f} of 1{rival}"
    widths = f"[{digits(width[0])}, {digits(width[1])}]"
    lines = ["objects:", f"  # px, short diameter of the smallest and the largest usual object; {source}"]
    lines += [f"  width: {widths}", f"  # {look_source}", f"  look: {objects.way}"]
    if objects.way == "outlined":
        lines.append(f"  rim: {objects.rim if found is None else found.rim}")
    if channel is not None:
        lines.append(f"  channel: {channel_text(channel)}")
    filled = filled.with_objects("\n".join(lines) + "\n\n").changed({"name": name})
    said = [f"width    {widths} px, {source}", f"look     {objects.way}, {look_source}"]
    contrast = filled.node("rewards.foreground.terms.contrast.expected")
    if contrast is not None:
        seen_contrast = "as usual" if found is None else f"0.6 times the {found.contrast:+.2f} that was seen"
        said.append(f"contrast {contrast.text} of the range of the image, {seen_contrast}")
    if channel is not None:
        said.append(f"channel  {channel_text(channel)}")
    return Plan(filled, found, tuple(said))


def confidence(found: Guess) -> str:
    """How sure a guess is, in words."""
    if found.sure >= SURE and found.rival[1] < _RIVAL * found.sure:
        return "sure"
    return "fairly sure" if found.sure >= FAIRLY else "not sure at all"


def _longer(filled: Template, found: Guess, width: Widths) -> Template:
    """The template with lengths as seen, in proportion to the widths, and a background that is larger than these."""
    low, high = (w * long / short for w, long, short in zip(width, found.length, found.width, strict=True))
    return filled.changed(
        {
            "rewards.foreground.terms.length.expected": f"[{digits(low)}, {digits(max(high, low))}]",
            "rewards.foreground.terms.length.scale": digits(np.sqrt(low * high) / 4),
            "classes.background.over": digits(5 * np.pi / 4 * width[1] * max(high, width[1])),
        }
    )


def _look(seen: Seen, channel: Channel | None, look: Look | None) -> tuple[Channel | None, Guess | None]:
    """The channel and what is seen in it; of several channels one alone if that shows clearly more than their mean."""
    found = guess(pictures(seen.units, channel), look)
    if channel is not None or seen.channels == 1 or look == "different":
        return channel, found
    best: Channel | None = None
    for number in range(min(seen.channels, _MOST_CHANNELS)):
        other = guess(pictures(seen.units, number), look)
        if other is not None and other.sure > (0.0 if found is None else found.sure) + (_BETTER if best is None else 0):
            best, found = number, other
    return best, found


def pictures(units: Sequence[Pixels], channel: Channel | None) -> list[Map]:
    """(H, W) of each image in [0, 1]: one channel, or what is made of several; the mean if none is named.

    Raises:
        RlsegError: the images have not the channels that are asked for.
    """
    # a look of its own must not turn it round
    objects = Objects(width=15.0, look="brighter", channel="mean" if channel is None else channel)
    one = np.ones(1)
    shown = []
    for unit in units:
        image = UnitImage(unit, one.repeat(len(unit)), 0 * one.repeat(len(unit)))
        shown.append(signal_of(image, objects, 15.0, Zoom()).objects)
    return shown
