"""What was asked for on the command line of `rlseg new`, as the reward file says it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from rlseg.commands.new.like import digits
from rlseg.rewards import Channel, Colour, Look, MixedChannel, Stain, nearest

# a single number stands for widths from 0.85 to 1.18 times it, a range of 1 : 1.4
_AROUND = 0.85

Widths = tuple[float, float]


def widths_of(text: str) -> Widths:
    """Smallest and largest width of a text like 14-20, or around a single number.

    Raises:
        ArgumentTypeError: it says something else.
    """
    parts = text.replace(",", "-").removesuffix("px").split("-")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 2 or not all(0 < number < 1e6 for number in numbers) or numbers != sorted(numbers):
        raise argparse.ArgumentTypeError(f"a width is a number of px or a range like 14-20, got {text!r:.40}")
    return (numbers[0] * _AROUND, numbers[0] / _AROUND) if len(numbers) == 1 else (numbers[0], numbers[1])


def channel_of(text: str) -> Channel:
    """A channel of a text: a number from 0, mean, strongest, the name of a stain or of a colour.

    Raises:
        ArgumentTypeError: it is something else.
    """
    # as people write it: DAB, Haematoxylin, fast red
    name = text.lower().replace("haem", "hem").replace(" ", "_").replace("-", "_")
    given: Any = int(text) if text.isdigit() else name
    if name in get_args(Stain):
        given = {"stain": name}
    elif name in get_args(Colour):
        given = {"colour": name}
    try:
        found: Channel = TypeAdapter(Channel).validate_python(given)
    except ValidationError:
        known = ("mean", "strongest", *get_args(Stain), *get_args(Colour))
        what = f"a channel is a number from 0 or one of {', '.join(known)}, got {text!r:.40}"
        raise argparse.ArgumentTypeError(what + _meant(name, known)) from None
    return found


def look_of(text: str) -> Look:
    """A look of a text.

    Raises:
        ArgumentTypeError: it is something else.
    """
    known: dict[str, Look] = {look: look for look in get_args(Look)}
    if text.lower() not in known:
        what = f"a look is one of {', '.join(known)}, got {text!r:.40}"
        raise argparse.ArgumentTypeError(what + _meant(text, known))
    return known[text.lower()]


def distance_of(text: str) -> float:
    """How far planes are apart, px.

    Raises:
        ArgumentTypeError: it is no such number.
    """
    try:
        found = float(text.removesuffix("px"))
    except ValueError:
        found = 0.0
    if not 0 < found < 1e6:
        raise argparse.ArgumentTypeError(
            f"a distance of planes is a number of sides of a pixel, like 2, got {text!r:.40}"
        )
    return found


def axes_of(text: str) -> str:
    """Axes of files as `Reading` has them.

    Raises:
        ArgumentTypeError: they are none of a volume.
    """
    axes = text.upper()
    if not set("ZYX") <= set(axes) <= set("ZYXC") or len(set(axes)) != len(axes):
        raise argparse.ArgumentTypeError(f"axes of a volume are ZYX, with C where there are channels, got {text!r:.40}")
    return axes


def refuse_unlike_volumes(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """See that what is said of volumes goes with --volume, and what is said of images does not.

    Raises:
        SystemExit: it does not (exit code 2).
    """
    for name in ("plane_distance", "axes"):
        if not options.volume and getattr(options, name) is not None:
            parser.error(f"--{name.replace('_', '-')} is about volumes: say --volume as well")
    if options.volume and options.measurements is not None:
        parser.error("tables of sizes are of images, not of volumes: leave --measurements out and say --width")


def _meant(text: str, known: Iterable[str]) -> str:
    near = nearest(text, known)
    return f"; did you mean {near}?" if near else ""


def channel_text(channel: Channel) -> str:
    """The channel as YAML."""
    if not isinstance(channel, MixedChannel):
        return str(channel)
    if channel.weights is not None:
        return f"{{weights: [{', '.join(digits(weight) for weight in channel.weights)}]}}"
    return f"{{stain: {channel.stain}}}" if channel.stain is not None else f"{{colour: {channel.colour}}}"
