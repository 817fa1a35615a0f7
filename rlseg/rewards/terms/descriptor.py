"""Prior: one descriptor of the segment is known."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from rlseg.arrays import Floats
from rlseg.rewards.measure import CONTINUED
from rlseg.rewards.model import problem
from rlseg.rewards.objects import Channel
from rlseg.rewards.properties import Property, period_of
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm
from rlseg.rewards.words import quote


class DescriptorTerm(TargetTerm):
    """A descriptor of the segment against its expected value (section 4.2 of arXiv:2107.02600)."""

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: descriptor, property: axis_minor_length, expected: 13, scale: 3.5}"

    kind: Literal["descriptor"]
    property: Property = Field(examples=["area"])
    """The descriptor, by scikit-image's name."""
    channel: Channel = 0
    """Of the intensity descriptors: a number from 0, mean, strongest, or one of {stain: dab}, {colour: red} and
    {weights: [1, 2]}."""

    @field_validator("property")
    @classmethod
    def _angles_have_no_side(cls, name: str, info: ValidationInfo) -> str:
        period = period_of(name)
        for key, allowed in (("kernel", ("gaussian", "linear", "box")), ("side", ("both",))):
            given = info.data.get(key, allowed[0])
            if period is not None and given not in allowed:
                message = f"{quote(name)} comes round again after {period:g} degrees, '{key}: {given}' has no meaning"
                raise problem("bad-value", message, hint=f"remove {key}: {given}")
        return name

    def sees_beyond(self) -> bool:
        """Whether the descriptor is one that can be continued."""
        return self.property in CONTINUED

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: how close each segment's descriptor is to the expected value."""
        return self.closeness(scene.measurements.value(self.property, self.channel), period_of(self.property))
