"""Which few terms say what outlined objects are, and which are left out because they do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rlseg.arrays import Floats
from rlseg.environment import POOR
from rlseg.prediction.outlined.spread import Expected, Side, expect, telling
from rlseg.prediction.outlined.table import Column, Values
from rlseg.rewards import Look

# Out of so many pairs of an object and something else the object must be paid more: half of them say nothing, and what
# lies around may be objects that nobody outlined. Where superpixels show objects otherwise it must be clearer.
LEAST_TELLING, CLEAR = 0.55, 0.7
# objects are long if most have an eccentricity above this: twice as long as wide
_LONG, _TWICE = 0.866, 2.0


@dataclass(frozen=True)
class Wish:
    """A term that could be written.

    Attributes:
        name: of the term.
        property: its descriptor.
        side: which direction is wrong; sign: towards 0.
        least: the smallest scale, what is worth telling apart.
        bright: whether it is about intensities, in one of the channels.
    """

    name: str
    property: str
    side: Literal["both", "above", "below", "sign"]
    least: float
    bright: bool = False


_LENGTHS = (
    (Wish("width", "box_width", "both", 0.5),),
    (Wish("length", "box_length", "both", 0.5),),
)
_SIZES = (
    (Wish("size", "equivalent_diameter_area", "both", 0.5),),
    (Wish("roundness", "eccentricity", "above", 0.05),),
)
# of volumes
_VOLUME_LENGTHS = (
    (Wish("width", "axis_minor_length", "both", 0.5),),
    (Wish("length", "axis_major_length", "both", 0.5),),
)
_VOLUME_SIZES = (
    (Wish("size", "equivalent_diameter_area", "both", 0.5),),
    (Wish("roundness", "sphericity", "below", 0.05),),
)
# of each family the one that tells most: they say the same in other words
_SHAPE = ((Wish("smooth", "solidity", "below", 0.02), Wish("oval", "ellipse_fill", "below", 0.02)),)
_BRIGHTNESS = ((Wish("contrast", "contrast", "sign", 0.02, bright=True),),)
# chosen by how well they know where the outline is
_OUTLINE = (
    Wish("outline_level", "outline_level", "both", 0.05),
    Wish("outline_step", "outline_step", "below", 0.01),
    Wish("edge", "boundary_evidence", "below", 0.01, bright=True),
    Wish("rim", "outline_intensity", "both", 0.02, bright=True),
)


@dataclass(frozen=True)
class Chosen:
    """A term to write: the wish, its image channel, what is expected, and the objects' values.

    `tells` and `places` say how often objects are paid more: than other segments, of whichever kind it knows better,
    and than the same objects with outlines that are moved. None if there are no images.
    """

    wish: Wish
    channel: int
    expected: Expected
    outlined: Floats
    shown: Floats
    tells: float | None
    places: float | None


@dataclass(frozen=True)
class LeftOut:
    """A term that is not written, and why."""

    name: str
    reason: str


def columns_of(channels: int, volumes: bool = False) -> list[Column]:
    """All that may be asked. channels: of the images, 0 if there are none; volumes: whether they are volumes."""
    families = [*_VOLUME_LENGTHS, *_VOLUME_SIZES, *_SHAPE] if volumes else [*_LENGTHS, *_SIZES, *_SHAPE]
    if channels:
        families += [*_BRIGHTNESS, _OUTLINE]
    wishes = {wish.property: wish for family in families for wish in family}
    found = [(name, c) for name, wish in wishes.items() for c in range(channels if wish.bright else 1)]
    return list(dict.fromkeys([*found, ("area", 0), ("axis_minor_length", 0)]))


def choose(table: Mapping[Column, Values], look: Look | None) -> tuple[list[Chosen], list[LeftOut]]:
    """The terms of outlined objects.

    Args:
        table: all of `columns_of`.
        look: of the objects; None if there are no images, so that nothing is known but shapes.
    """
    if ("sphericity", 0) in table:  # they are volumes
        minor, major = (table[f"axis_{name}_length", 0].outlined for name in ("minor", "major"))
        long = float(np.median(major / np.maximum(minor, 1e-9))) > _TWICE
        families: list[tuple[Wish, ...]] = [*(_VOLUME_LENGTHS if long else _VOLUME_SIZES), *_SHAPE]
    else:
        long = float(np.median(table["eccentricity", 0].outlined)) > _LONG
        families = [*(_LENGTHS if long else _SIZES), *_SHAPE]
    if look is not None:
        families += [*_BRIGHTNESS, _OUTLINE]
    chosen, left_out = [], []
    for family in families:
        tried = [
            _try(wish, column, table[column], look) for wish in family for column in table if column[0] == wish.property
        ]
        good = [found for found in tried if isinstance(found, Chosen)]
        if good:
            # the first of those that tell the same
            chosen.append(max(good, key=lambda found: (found.places if family is _OUTLINE else found.tells) or 0.0))
        left_out += [bad for bad in tried if isinstance(bad, LeftOut)] if not good else []
    if not chosen:  # a reward needs a term
        wish = families[0][0]
        values = table[wish.property, 0]
        chosen.append(_fitted(wish, 0, values, _side(wish, values)))
        left_out = [bad for bad in left_out if bad.name != wish.name]
    return chosen, left_out


def _try(wish: Wish, column: Column, values: Values, look: Look | None) -> Chosen | LeftOut:
    name = wish.name + (f" (channel {column[1]})" if column[1] else "")
    if wish.side == "sign" and 0.2 < float((values.outlined > 0).mean()) < 0.8:
        return LeftOut(name, "some objects are brighter than what lies around them, others darker")
    found = _fitted(wish, column[1], values, _side(wish, values))
    if found.tells is None:
        return found
    alone = expect([values.outlined], found.expected.side, wish.least)
    if len(values.shown) and np.median(alone.score(values.shown)) < POOR and found.tells < CLEAR:
        ranges = f"outlined {span(values.outlined)}, in superpixels {span(values.shown)}"
        return LeftOut(name, f"the superpixels cannot show it: {ranges}")
    # objects that are clearly brighter or darker than their surroundings say so, whatever else is as bright
    seen = wish.side == "sign" and look in ("brighter", "darker")
    if max(found.tells, found.places or 0.0) < LEAST_TELLING and not seen:
        pairs = f"in {100 * found.tells:.0f} of 100 pairs they are paid more"
        return LeftOut(name, f"it does not tell objects from what lies around: {pairs}")
    return found


def _side(wish: Wish, values: Values) -> Side:
    if wish.side != "sign":
        return wish.side
    # a contrast below 0 is that of objects darker than what lies around them: then more is wrong
    return "above" if np.median(values.outlined) < 0 else "below"


def _fitted(wish: Wish, channel: int, values: Values, side: Side) -> Chosen:
    samples = [part for part in (values.outlined, values.shown) if len(part)]
    expected = expect(samples, side, wish.least)
    rest = [others for others in (values.pieces, values.around) if len(others)]
    # either is worth a term: some properties know pieces of objects, some what is none at all
    objects = values.shown if len(values.shown) else values.outlined
    tells = max((telling(expected.score(objects), expected.score(other)) for other in rest), default=None)
    own = expected.score(values.outlined)
    places = telling(own, expected.score(values.moved)) if len(values.moved) else None
    return Chosen(wish, channel, expected, values.outlined, values.shown, tells, places)


def span(values: Floats) -> str:
    """From where to where, in three digits."""
    return f"{digits(float(values.min()))} to {digits(float(values.max()))}"


def digits(value: float) -> str:
    """Three digits, never in exponents that people stumble over."""
    text = f"{value:.3g}"
    return f"{float(text):g}" if "e" not in text else f"{float(text):.0f}"
