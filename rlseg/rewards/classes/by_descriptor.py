"""Classes by any descriptor."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.classes.base import ThresholdRule
from rlseg.rewards.objects import Channel
from rlseg.rewards.properties import Measurements, Property


class DescriptorRule(ThresholdRule):
    """Segments whose descriptor is over, under or outside what an object can have."""

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: descriptor, property: solidity, under: 0.6}"

    kind: Literal["descriptor"]
    property: Property
    """The descriptor, by scikit-image's name."""
    channel: Channel = 0
    """Of the intensity descriptors: a number from 0, mean, strongest, or one of {stain: dab}, {colour: red} and
    {weights: [1, 2]}."""

    def measure(self, measurements: Measurements) -> Floats:
        """(M,) values of the descriptor in the file's units."""
        return measurements.value(self.property, self.channel)
