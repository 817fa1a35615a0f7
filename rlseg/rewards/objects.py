"""The `objects:` block of a reward file: what is sought, said once, and what follows from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Strict, Tag, model_validator

from rlseg.rewards.model import SEVERAL, Interval, Model, NonNegative, Positive, by_shape, problem

Look = Literal["brighter", "darker", "outlined", "different"]
Stain = Literal[
    "hematoxylin", "eosin", "dab", "aec", "pas", "alcian_blue", "fast_blue", "fast_red", "feulgen", "light_green",
    "methyl_blue", "methyl_green", "orange_g", "ponceau_fuchsin",
]  # fmt: skip
Colour = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple", "magenta", "pink", "brown"]


class MixedChannel(Model):
    """A picture made of several channels: exactly one of the keys."""

    stain: Stain | None = None
    """Of a colour image: as it would look with this stain alone, the darker the more of it there is."""
    colour: Colour | None = None
    """Of a colour image: how much of this colour each pixel has, the brighter the more."""
    weights: Annotated[tuple[NonNegative, ...], Strict(False), Field(min_length=1)] | None = None
    """A weighted mean of the channels in their order; those left out at the end count nothing."""

    @model_validator(mode="after")
    def _one(self) -> MixedChannel:
        given = [name for name in ("stain", "colour", "weights") if getattr(self, name) is not None]
        if len(given) != 1:
            what = f"got {' and '.join(given)}" if given else "got none of them"
            raise problem("bad-value", f"exactly one of stain, colour and weights must be given, {what}")
        if self.weights is not None and not sum(self.weights) > 0:
            raise problem("bad-value", "at least one weight must be above 0")
        return self

    def __str__(self) -> str:
        if self.weights is not None:
            return "weights " + " ".join(f"{weight:g}" for weight in self.weights)
        return f"stain {self.stain}" if self.stain is not None else f"colour {self.colour}"


def _form(value: Any) -> str:
    if isinstance(value, dict | MixedChannel):
        return "<mixture>"
    return "<word>" if isinstance(value, str) else "<number>"


Channel = Annotated[
    Annotated[Annotated[int, Field(ge=0)], Tag("<number>")]
    | Annotated[Literal["mean", "strongest"], Tag("<word>")]
    | Annotated[MixedChannel, Tag("<mixture>")],
    Discriminator(_form),
]


def channel_name(channel: Channel) -> str:
    """What a channel is called in tables and messages."""
    return str(channel)


def _not_nothing(width: tuple[float, float]) -> tuple[float, float]:
    if not width[0] > 0:
        raise problem("bad-value", f"a width is more than 0, got {width[0]:g}")
    return width


Width = Annotated[
    Annotated[Positive, Tag("<number>")]
    | Annotated[Annotated[Interval, AfterValidator(_not_nothing)], Tag("<interval>")],
    by_shape(SEVERAL, "interval", "number"),
]


class Objects(Model):
    """What the objects look like. Superpixels, features, search and outlines follow from it."""

    width: Width = Field(examples=["[12, 18]"])
    """Typical short diameter, a number or [smallest, largest], in the file's unit of length."""
    look: Look | None = None
    """brighter or darker than the ground, outlined by a rim or a stained border, or different from the ground in any
    way; by default darker for a stain, else brighter."""
    rim: Literal["bright", "dark"] = "bright"
    """What the rim of outlined objects is."""
    channel: Channel | None = None
    """Where the objects show: a number from 0, mean or strongest of the channels, {stain: hematoxylin},
    {colour: purple} or {weights: [1, 0, 0.5]}; by default the mean, and all channels for different."""

    @property
    def way(self) -> Look:
        """The look, with its default."""
        if self.look is not None:
            return self.look
        stained = isinstance(self.channel, MixedChannel) and self.channel.stain is not None
        return "darker" if stained else "brighter"

    @property
    def middle(self) -> float:
        """The geometric mean of the two widths, in the file's unit of length."""
        return (self.widths[0] * self.widths[1]) ** 0.5

    @property
    def widths(self) -> tuple[float, float]:
        """Smallest and largest short diameter in the file's unit of length."""
        if isinstance(self.width, tuple):
            return self.width
        return self.width, self.width
