"""The class of the one segment that covers most of the inside or the outside of a circle."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from rlseg.arrays import Bools, np
from rlseg.rewards.classes.base import ClassRule
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.model import Model, Positive, problem
from rlseg.rewards.properties import Measurements


class Zone(Model):
    """The pixels strictly farther from the centre, or strictly nearer to it, than a radius."""

    over: Positive | None = None
    """Everything beyond this distance, in the file's unit of length."""
    under: Positive | None = None
    """Everything within this distance."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Zone:
        if self.over is None and self.under is None:
            raise problem("missing-key", "over or under is needed", instead=("over", "under"))
        if self.over is not None and self.under is not None:
            raise problem("bad-value", "only one of over and under can be given", clash=["over", "under"])
        return self


class LargestOverlapRule(ClassRule):
    """The segment of each partition that covers most pixels of a zone; none if the zone is empty.

    Of two that cover the same number, the one that holds the superpixel with the smaller id.
    """

    EXAMPLE: ClassVar[str] = "{kind: largest_overlap, distance: {over: 170}}"
    PARTITION: ClassVar[bool] = True

    kind: Annotated[Literal["largest_overlap"], GeometryReference("center")]
    distance: Zone = Field(examples=["{over: 170}"])
    """The zone: over or under a distance from the centre."""

    def matches(self, measurements: Measurements) -> Bools:
        """(M,) True for one segment of each partition, or none."""
        segments, geometry = measurements.segments, measurements.geometry
        assert geometry is not None  # the loader has seen to it
        regions, zone = segments.regions, self.distance
        row, column = geometry.center_px(regions.shape, measurements.pixel_size)
        radius = zone.over if zone.over is not None else zone.under
        assert radius is not None
        pixels = regions.pixels_of_zone(row, column, radius / measurements.pixel_size, zone.over is not None)
        overlap = segments.total(pixels)
        most = np.maximum.reduceat(overlap, segments.offsets[:-1])
        candidates = np.flatnonzero((overlap > 0) & (overlap == most[segments.partition]))
        _, first = np.unique(segments.partition[candidates], return_index=True)
        found = np.zeros(segments.count, np.bool_)
        found[candidates[first]] = True
        return found
