"""The reward file: what stands in it, in the order in which it is computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, Field, JsonValue, Strict, Tag

from rlseg.kinds import find_kinds, union_of
from rlseg.rewards.classes import ClassRule
from rlseg.rewards.edges import EdgeRules
from rlseg.rewards.geometry import Geometry
from rlseg.rewards.group import Group
from rlseg.rewards.language.scalars import read_scalar
from rlseg.rewards.model import Model, Name, Share, by_shape
from rlseg.rewards.objects import Channel, Objects, channel_name
from rlseg.rewards.properties import Units
from rlseg.rewards.supervised import Supervised
from rlseg.rewards.tracks import Tracks

FOREGROUND = "foreground"
CLASS_KINDS = find_kinds("rlseg.rewards.classes", ClassRule)  # type: ignore[type-abstract]


if TYPE_CHECKING:
    AnyClassRule = ClassRule
else:
    AnyClassRule = union_of(CLASS_KINDS)

ClassReward = Annotated[
    Annotated[Share, Tag("<number>")] | Annotated[Group, Tag("<group>")], by_shape((dict, Group), "group", "number")
]


class RewardFile(Model):
    """A checked reward file, with everything it extends merged into it."""

    version: Literal[1] = Field(examples=["1"])
    """Version of the language."""
    name: Name = Field(examples=["my_cells"])
    """A short name for tables and folders."""
    description: str = ""
    """What is known about the objects."""
    references: Annotated[tuple[str, ...], Strict(False)] = ()
    """Papers and links."""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    """Free notes; nothing reads them."""
    dimensions: Literal[2, 3] | None = None
    """3 for volumes, whose planes belong together; 2, which is also meant if it is not given, for images."""
    units: Units = Field(examples=["{length: px}"])
    """The units of all numbers in the file."""
    objects: Objects | None = Field(default=None, examples=["{width: [12, 18], look: darker}"])
    """What the objects look like; how images are cut into superpixels follows from it."""
    geometry: Geometry | None = Field(default=None, examples=["{center: image}"])
    """Places that several terms share; needed by those that speak of a centre or a ring."""
    classes: dict[Name, AnyClassRule] = Field(default_factory=dict)
    """Rules that sort the segments into classes, tried in order; what is left is "foreground"."""
    rewards: dict[Name, ClassReward] = Field(examples=["{foreground: {terms: {...}}}"])
    """The reward of each class: a number or a group of terms."""
    edges: EdgeRules = EdgeRules()
    """How the rewards of segments are carried to edges."""
    supervised: Supervised | None = Field(default=None, examples=["{weight: 1.0}"])
    """Also reward agreement with labels, on the images that have some; never without this section."""
    tracks: Tracks | None = Field(default=None, examples=["{reach: 30, terms: {...}}"])
    """Of films: how objects keep their number from frame to frame."""

    @property
    def volumes(self) -> bool:
        """Whether it judges volumes."""
        return self.dimensions == 3

    @property
    def class_names(self) -> tuple[str, ...]:
        """All classes: those of the file in their order, then "foreground"."""
        return (*self.classes, FOREGROUND)

    @property
    def pictures(self) -> tuple[Channel, ...]:
        """The channels made from those of the image that terms, class rules and edge rules ask for."""
        found = (channel for part in (self.classes, self.rewards, self.edges) for channel in _channels(part))
        return tuple({channel_name(channel): channel for channel in found if not isinstance(channel, int)}.values())

    def resolved_yaml(self) -> str:
        """The whole reward as YAML without `extends`, defaults written out; parses to an equal object."""
        data = self.model_dump(mode="json", exclude_none=True)
        return yaml.dump(data, Dumper=PlainDumper, sort_keys=False, allow_unicode=True, width=10**9)


def _channels(part: object) -> Iterator[Channel]:
    """Of a model and all models in it."""
    if isinstance(part, BaseModel):
        if "channel" in type(part).model_fields:
            yield part.channel  # type: ignore[attr-defined]
        part = dict(part)
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, tuple | list) else ()
    for one in inner:
        yield from _channels(one)


class PlainDumper(yaml.SafeDumper):
    """Writes YAML 1.2: text that would be read as a number or a truth value is quoted, nothing is shared."""

    def ignore_aliases(self, data: object) -> bool:
        """Always."""
        return True


def _write_text(dumper: PlainDumper, text: str) -> yaml.ScalarNode:
    # double quotes escape what YAML would fold into a blank or a line break
    style = '"' if not text.isprintable() else None if isinstance(read_scalar(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


PlainDumper.add_representer(str, _write_text)
