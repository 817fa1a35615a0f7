"""Classes by size."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.classes.base import ThresholdRule
from rlseg.rewards.properties import Measurements


class AreaRule(ThresholdRule):
    """Segments that are larger or smaller than an object can be, in px^2 (um^2 with length: um), of volumes in px^3."""

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: area, over: 1500}"

    kind: Literal["area"]

    def measure(self, measurements: Measurements) -> Floats:
        """(M,) areas in the square of the file's unit of length, volumes in its cube."""
        return measurements.value("area")
