"""Prior: one descriptor of the segment is known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rlseg.regions import Floats
from rlseg.rewards.properties import Property
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


class DescriptorTerm(TargetTerm):
    """A descriptor of the segment against its expected value (section 4.2 of arXiv:2107.02600)."""

    kind: Literal["descriptor"]
    property: Property = Field(examples=["area"])
    """The descriptor, by scikit-image's name."""
    channel: Annotated[int, Field(ge=0)] = 0
    """Image channel of the intensity descriptors, from 0."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: how close each segment's descriptor is to the expected value."""
        return self.closeness(scene.measurements.value(self.property, self.channel))
