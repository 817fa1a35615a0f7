"""From what was seen and what was asked for to the reward file of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rlseg.arrays import Labels, Map
from rlseg.commands.new.advice import colour_doubt
from rlseg.commands.new.asked import Widths, channel_text
from rlseg.commands.new.guess import Guess, Ways, best_of, ways_in
from rlseg.commands.new.images import Looked, Seen
from rlseg.commands.new.like import GENERAL, Template, digits, template
from rlseg.commands.new.measured import measured
from rlseg.commands.new.unlike_kind import other_than
from rlseg.commands.new.volume_ways import ways_in_volumes
from rlseg.data import Preparation
from rlseg.data.looking import channel_picture
from rlseg.errors import RlsegError
from rlseg.rewards import Channel, Look

SURE, FAIRLY = 0.5, 0.3
# a few outlined objects are more alike than all
WIDER = 1.1
_RIVAL = 0.85
_BETTER = 1.3
# of the area of the smallest object, below which nothing is one
_DEBRIS = 0.4
# where outlines lie if nobody has drawn any
HALF = 0.5
# templates whose lengths are measured as well
_AS_LONG_AS_SEEN = (*GENERAL, "nuclei")
# long objects, of so many widths, are a little bent, so that their solidity is lower
_LONG, _BENT = 2.5, "0.87"
MOST_CHANNELS = 4


@dataclass(frozen=True)
class Asked:
    """What the user has said: nothing of it must be.

    Attributes:
        like: a template.
        width: smallest and largest, px.
        look: of the objects.
        channel: where they show.
        width_from: how the width is known.
        length: smallest and largest, px, where it was measured.
    """

    like: str | None = None
    width: Widths | None = None
    look: Look | None = None
    channel: Channel | None = None
    width_from: str = "as you say"
    length: Widths | None = None


@dataclass(frozen=True)
class Example:
    """An image with objects, to be shown.

    Attributes:
        image: the image.
        labels: (H, W) the objects, 0 elsewhere; of a volume (Z, H, W).
        how: they were found.
    """

    image: Looked
    labels: Labels
    how: str


@dataclass(frozen=True)
class Plan:
    """The reward file to write.

    Attributes:
        text: of it.
        origin: what it begins with.
        example: an image with the objects that were seen or outlined.
        said: what was chosen and why, a line each, for people.
        guess: what was seen, if that was asked.
        level: share of its brightness at which the outline of an object lies, see `Refinement.levels`.
        level_from: where that comes from.
        doubts: what may be wrong, and what to do about it, a line each.
        settings: how the images or volumes are prepared, but for what the reward file says.
    """

    text: str
    origin: str
    example: Example
    said: tuple[str, ...]
    guess: Guess | None = None
    level: float = HALF
    level_from: str = "half way up, where a blurred edge lies"
    doubts: tuple[str, ...] = ()
    settings: Preparation = Preparation()


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
    doubts = [doubt for doubt in (colour_doubt(seen, asked.channel),) if doubt]
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
    channel, found, ways = look_for(seen, channel, look)
    other = other_than(found, ways) if known is not None and asked.look is None and asked.width is None else None
    if begun is None:
        if found is None and (look is None or asked.width is None):
            raise RlsegError(
                f"nothing in the images in {seen.source} looks like objects of one kind",
                "say how wide they are and what they look like, like --width 14-20 --look darker, or --like bacteria",
            )
        begun = template(str(look) if found is None else found.look)
    if asked.like in GENERAL and look is not None:
        begun = template(look)
    taken = None
    if other is not None and _any_look(begun) and other.found.look in ("brighter", "darker"):
        # the images decide: shadows and glints between grains differ from the ground as well
        found, taken = other.found, other.taken(begun.name)
    elif other is not None:
        doubts.append(other.warning(begun.name))
    return replace(_filled(name, begun, seen, asked, channel, found, taken), doubts=tuple(doubts))


def _any_look(begun: Template) -> bool:
    """Whether objects of a kind may be brighter or darker: who says no more than `different` means just that."""
    objects = begun.file.objects
    return objects is not None and objects.way == "different" and begun.name not in GENERAL


def _filled(
    name: str,
    begun: Template,
    seen: Seen,
    asked: Asked,
    channel: Channel | None,
    found: Guess | None,
    taken: str | None = None,
) -> Plan:
    """The plan of a template. taken: why the look of what was found is taken rather than the template's."""
    objects = begun.file.objects
    assert objects is not None
    look = objects.way if taken is None or found is None else found.look
    width, source = objects.widths, f"as usual for {begun.name}: nothing like it was seen in the images"
    if asked.width is not None:
        width, source = asked.width, asked.width_from
    elif found is not None:
        width = (max(found.width[0], 2.0), max(found.width[1], 2.0))
        count = len(seen.looked_at)
        where = f"{found.objects} objects in {count} image{'' if count == 1 else 's'}"
        source = f"seen: nine of ten of {where}; {confidence(found)}"
    filled = begun.sized(width)
    length = asked.length
    if length is None and found is not None:
        low, high = (w * long / short for w, long, short in zip(width, found.length, found.width, strict=True))
        length = (low, high)
    if length is not None and begun.name in _AS_LONG_AS_SEEN:
        filled = _longer(filled, length, width)
    if found is not None:
        filled = measured(filled, found, pictures(seen.looked_at, channel or 0), channel)
    look_source = taken or (f"as for {asked.like}" if asked.like else "as you say")
    if asked.like is None and asked.look is None and found is not None:
        rival = f"; the next best, {found.rival[0]}: {found.rival[1]:.2f}" if found.rival[1] > 0 else ""
        look_source = f"by what stands out, {min(found.sure, 1.0):.2f} of 1{rival}"
    rim = None if look != "outlined" else objects.rim if found is None else found.rim
    section, said = objects_section(width, source, look, look_source, rim, channel)
    filled = filled.with_objects(section).changed({"name": name})
    contrast = filled.node("rewards.foreground.terms.contrast.expected")
    if contrast is not None:
        seen_contrast = "as usual" if found is None else "0.75 times what was seen"
        said.append(f"contrast {contrast.text} of the range of the image, {seen_contrast}")
    origin = f"beginning with what is known of objects like {begun.name}"
    return Plan(filled.text, origin, example_of(seen, found), tuple(said), found)


def objects_section(
    width: Widths, width_from: str, look: Look, look_from: str, rim: str | None, channel: Channel | None
) -> tuple[str, list[str]]:
    """The section `objects:` with where its values come from, ending in an empty line; and the same as lines."""
    widths = f"[{digits(width[0])}, {digits(width[1])}]"
    lines = ["objects:", f"  # px, short diameter of the smallest and the largest usual object; {width_from}"]
    lines += [f"  width: {widths}", f"  # {look_from}", f"  look: {look}"]
    said = [f"width    {widths} px, {width_from}", f"look     {look}, {look_from}"]
    if rim is not None:
        lines.append(f"  rim: {rim}")
    if channel is not None:
        lines.append(f"  channel: {channel_text(channel)}")
        said.append(f"channel  {channel_text(channel)}")
    return "\n".join(lines) + "\n\n", said


def example_of(seen: Seen, found: Guess | None) -> Example:
    """The image or volume in which the middle number of objects was seen, or the first."""
    ways = zip(seen.looked_at, () if found is None else found.found, strict=False)
    shown = sorted(((image, one) for image, one in ways if one is not None), key=lambda pair: pair[1].blobs.objects)
    if shown:
        image, one = shown[(len(shown) - 1) // 2]
        return Example(image, one.on_image(image.unit.pixels.shape[1:]), "seen")
    image = seen.looked_at[0]
    return Example(image, np.zeros(image.unit.pixels.shape[1:], np.int32), "seen")


def confidence(found: Guess) -> str:
    """How sure a guess is, in words."""
    if found.sure >= SURE and found.rival[1] < _RIVAL * found.sure:
        return "sure"
    return "fairly sure" if found.sure >= FAIRLY else "not sure at all"


def _longer(filled: Template, length: Widths, width: Widths) -> Template:
    """The template with other lengths than its widths have, and what follows from both."""
    low, high = length
    if high > _LONG * width[1]:
        filled = filled.changed({"rewards.foreground.terms.smooth.expected": _BENT})
    return filled.changed(
        {
            "rewards.foreground.terms.length.expected": f"[{digits(low)}, {digits(max(high, low))}]",
            "rewards.foreground.terms.length.scale": digits(np.sqrt(low * high) / 4),
            "classes.background.over": digits(5 * np.pi / 4 * width[1] * max(high, width[1])),
            "classes.debris.under": digits(_DEBRIS * np.pi / 4 * width[0] * low),
        }
    )


def look_for(seen: Seen, channel: Channel | None, look: Look | None) -> tuple[Channel | None, Guess | None, Ways]:
    """The channel and what is seen in it; of several channels one alone if that shows clearly more than their mean.

    Args:
        seen: images or volumes.
        channel, look: if they are known.
    """
    ways = _ways(seen, channel)
    found = best_of(ways, look)
    if channel is not None or seen.channels == 1 or look == "different":
        return channel, found, ways
    best: Channel | None = None
    for number in range(min(seen.channels, MOST_CHANNELS)):
        there = _ways(seen, number)
        other = best_of(there, look)
        if _shows(other) > _shows(found) * (_BETTER if best is None else 1.0):
            best, found, ways = number, other, there
    return best, found, ways


def _ways(seen: Seen, channel: Channel | None) -> Ways:
    shown = pictures(seen.looked_at, channel)
    return ways_in_volumes(shown, seen.spacings) if seen.volumes else ways_in(shown)


def _shows(found: Guess | None) -> float:
    """How well objects show."""
    return 0.0 if found is None else found.sure * abs(found.contrast)


def pictures(images: Sequence[Looked], channel: Channel | None) -> list[Map]:
    """(H, W), or (Z, H, W), of each image in [0, 1]: a channel, or what is made of several; the mean if none is named.

    Raises:
        RlsegError: the images have not the channels that are asked for.
    """
    return [channel_picture(image.unit, "mean" if channel is None else channel) for image in images]
