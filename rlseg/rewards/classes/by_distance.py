"""Classes by distance from the centre."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.classes.base import ThresholdRule
from rlseg.rewards.directions import distances_to_center
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.properties import Measurements


class DistanceRule(ThresholdRule):
    """Segments whose centroid is farther from the centre, or nearer to it, than an object can be."""

    EXAMPLE: ClassVar[str] = "{kind: distance_to_center, outside: [80, 158]}"

    kind: Annotated[Literal["distance_to_center"], GeometryReference("center")]

    def measure(self, measurements: Measurements) -> Floats:
        """(M,) distances from the centre to the segments' centroids in the file's unit of length."""
        return distances_to_center(measurements)
