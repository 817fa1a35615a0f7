"""Classes by any descriptor."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats
from rlseg.rewards.classes.base import ThresholdRule
from rlseg.rewards.properties import Measurements, Property


class DescriptorRule(ThresholdRule):
    """Segments whose descriptor is over, under or outside what an object can have."""

    EXAMPLE: ClassVar[str] = "{kind: descriptor, property: solidity, under: 0.6}"

    kind: Literal["descriptor"]
    property: Property
    """The descriptor, by scikit-image's name."""
    channel: Annotated[int, Field(ge=0)] = 0
    """Image channel of the intensity descriptors, from 0."""

    def measure(self, measurements: Measurements) -> Floats:
        """(M,) values of the descriptor in the file's units."""
        return measurements.value(self.property, self.channel)
