"""From what was seen in volumes and what was asked for to their reward file."""

from __future__ import annotations

from importlib import resources

import numpy as np

from rlseg.commands.new.asked import Widths
from rlseg.commands.new.blobs import quantile
from rlseg.commands.new.guess import Guess
from rlseg.commands.new.images import Seen
from rlseg.commands.new.like import Template, digits
from rlseg.commands.new.measured import measured
from rlseg.commands.new.plan import Asked, Plan, confidence, example_of, look_for, objects_section, pictures
from rlseg.data import Preparation
from rlseg.data.superpixels import noise_level, pixel_differences
from rlseg.errors import RlsegError
from rlseg.rewards import Channel, Look, Objects

LOOKS: tuple[Look, ...] = ("brighter", "darker", "outlined")
# so many whole objects say how long they are
_FEW = 8
# a wider range would be looked at on several grids
_RANGE = 2.9
_BALL = np.pi / 6
_DEBRIS, _BACKGROUND = 0.25, 5.0
_LEAST_FLOOR = 3.0
_SOME = Objects(width=15)
# objects so many times as long as wide are rounder than no ball
_LONG = 1.6
_TERMS = "rewards.foreground.terms"


def plan_volumes(name: str, seen: Seen, asked: Asked) -> Plan:
    """Choose look, widths and contrast.

    Args:
        name: of the reward.
        seen: the volumes.
        asked: what is known.

    Raises:
        RlsegError: nothing looks like objects; or what is asked for there is not for volumes.
    """
    refuse_of_images(asked)
    channel, found, _ = look_for(seen, asked.channel, asked.look)
    if found is None and (asked.look is None or asked.width is None):
        raise RlsegError(
            f"nothing in the volumes in {seen.source} looks like objects of one kind",
            "say how wide they are and what they look like, like --width 14-20 --look brighter; or --look outlined: "
            "cells between membranes and objects seen by their rims are not found in volumes by themselves yet",
        )
    look = asked.look or (LOOKS[0] if found is None else found.look)
    width, source = asked.width, asked.width_from
    if width is None:
        assert found is not None
        width = found.width
        count = f"{len(seen.looked_at)} volume{'' if len(seen.looked_at) == 1 else 's'}"
        source = f"seen: nine of ten of {found.objects} whole objects in {count}; {confidence(found)}"
    filled = _sized(width, found, look)
    if found is not None:
        filled = measured(filled, found, pictures(seen.looked_at, channel or 0), channel, seen.spacings)
    look_source = "as you say"
    if asked.look is None and found is not None:
        rival = f"; the next best, {found.rival[0]}: {found.rival[1]:.2f}" if found.rival[1] > 0 else ""
        look_source = f"by what stands out, {found.sure:.2f} of 1{rival}"
    narrow, how = looked_at_as(width)
    section, said = objects_section(narrow, f"{source}{how}", look, look_source, None, channel)
    filled = filled.with_objects(section).changed({"name": name})
    contrast = filled.node(f"{_TERMS}.contrast.expected")
    if contrast is not None:
        seen_contrast = "as usual" if found is None else "0.75 times what was seen"
        said.append(f"contrast {contrast.text} of the range of the volume, {seen_contrast}")
    origin = "beginning with what is known of objects that stand out"
    settings = settings_for(seen, found, channel)
    said += noise_line(settings)
    return Plan(filled.text, origin, example_of(seen, found), tuple(said), found, settings=settings)


def refuse_of_images(asked: Asked) -> None:
    """See that only what there is for volumes is asked for.

    Raises:
        RlsegError: something else is.
    """
    if asked.look is not None and asked.look not in LOOKS:
        raise RlsegError(
            f"objects that are {asked.look} are not found in volumes yet",
            "there are brighter, darker and outlined ones",
        )
    if asked.like is not None:
        raise RlsegError(
            f"what is known of {asked.like} is of images, not of volumes", "leave --like out; say --width and --look"
        )
    if asked.channel is not None and not isinstance(asked.channel, int):
        raise RlsegError("channels of volumes are not made from others yet", "say the number of one, counted from 0")


def settings_for(seen: Seen, found: Guess | None, channel: Channel | None) -> Preparation:
    """How the volumes are prepared: no dimmer objects than are seen count as noise.

    Args:
        seen: the volumes.
        found: what is seen, if anything is.
        channel: where it shows.
    """
    update: dict[str, float] = {}
    if found is not None:
        shown = pictures(seen.looked_at, channel)
        floors = [
            quantile(one.blobs.contrast, one.blobs.weight, 0.1) / noise_level(pixel_differences(picture))
            for one, picture in zip(found.found, shown, strict=True)
            if one is not None and one.blobs.weight.any()
        ]
        floor, usual = max(float(np.median(floors)), _LEAST_FLOOR), Preparation(objects=_SOME).least_brightness
        if floor < usual:
            update["noise_floor"] = float(digits(floor))
    return seen.preparation.model_copy(update=update)


def noise_line(settings: Preparation) -> list[str]:
    """What is said of the noise floor, a line, or none where it is the usual one."""
    if settings.noise_floor is None:
        return []
    return [f"noise    what stands out by {settings.noise_floor:g} times the noise is seen, as the dimmest tenth does"]


def looked_at_as(width: Widths) -> tuple[Widths, str]:
    """Widths that one grid is enough for; and what to say if these are fewer than asked for."""
    low, high = width
    if high <= _RANGE * low:
        return width, ""
    middle = float(np.sqrt(low * high))
    narrow = (middle / _RANGE**0.5, middle * _RANGE**0.5)
    return (
        narrow,
        f"; {digits(low)} to {digits(high)} px, but volumes are looked at for a range of 1 : {_RANGE:g} alone",
    )


def _sized(width: Widths, found: Guess | None, look: Look) -> Template:
    """The rules for objects of this width, as long as they were seen to be."""
    rules = "volume_cells.yaml" if look == "outlined" else "volume_rules.yaml"
    text = resources.files(__package__).joinpath(rules).read_text(encoding="utf-8")
    filled = Template("volumes", text).sized(width)
    if look == "darker":
        changes = {"expected": "-0.2", "side": "above"}
        filled = filled.changed({f"{_TERMS}.contrast.{key}": value for key, value in changes.items()})
    if found is None or found.objects < _FEW:
        return filled
    low, high = (w * long / short for w, long, short in zip(width, found.length, found.width, strict=True))
    changes = {
        f"{_TERMS}.length.expected": f"[{digits(low)}, {digits(max(low, high))}]",
        f"{_TERMS}.length.scale": digits(np.sqrt(low * high) / 4),
        "classes.background.over": digits(_BACKGROUND * _BALL * width[1] ** 2 * max(high, width[1])),
        "classes.debris.under": digits(_DEBRIS * _BALL * width[0] ** 2 * low),
    }
    ratio = max(low / width[0], high / width[1])
    if ratio > _LONG:
        changes[f"{_TERMS}.round.expected"] = digits(0.95 * sphericity_of(ratio))
    return filled.changed(changes)


def sphericity_of(ratio: float) -> float:
    """Of an ellipsoid so many times as long as wide and high; its surface by K. Thomsen's formula, exact to 1.1 %."""
    p = 1.6075
    return float(ratio ** (2 / 3) / ((2 * ratio**p + 1) / 3) ** (1 / p))
