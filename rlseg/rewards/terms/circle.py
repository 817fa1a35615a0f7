"""The base of the terms that say: the objects are discs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from rlseg.arrays import Floats, np
from rlseg.rewards.measure import Circles
from rlseg.rewards.model import Interval, problem
from rlseg.rewards.properties import Measurements
from rlseg.rewards.terms.base import Scene, Term


def _radii(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] <= 0:
        raise problem("bad-value", f"a radius must be greater than 0, got {ends[0]:g}")
    return ends


Radii = Annotated[Interval, AfterValidator(_radii)]


class CircleTerm(Term, ABC):
    """score = max(0, h - m) / (1 - m), h in [0, 1] from the best circle of the segment, m = `min_accumulator`.

    Attributes:
        STILL: whether its circles lie in the image as it was measured (`RegionStatistics.still`) or in the turned one.
        AREAS: no segment with less than this many smallest discs, or more than this many largest, scores one half.
    """

    STILL: ClassVar[bool] = False
    AREAS: ClassVar[tuple[float, float]]
    radius: Radii = Field(examples=["[10, 20]"])
    """[low, high]: the radii that an object can have, in the file's unit of length."""
    min_accumulator: float = Field(default=0.0, ge=0, lt=1)
    """Worse circles earn nothing (the paper: 0.6). 0 gives credit to every part of a circle, which learns better."""

    @abstractmethod
    def circles(self, measurements: Measurements) -> Circles:
        """The best circle of each segment, with its h, in pixels."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for a whole disc with a radius in the range."""
        found = self.circles(scene.measurements).score
        return np.maximum(found - self.min_accumulator, 0.0) / (1.0 - self.min_accumulator)


def in_pixels(measurements: Measurements, radius: tuple[float, float]) -> tuple[float, float]:
    """Radii in the file's unit of length in pixels."""
    return radius[0] / measurements.pixel_size, radius[1] / measurements.pixel_size
