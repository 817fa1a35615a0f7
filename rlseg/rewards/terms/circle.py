"""Prior: the objects are discs."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

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


def fitted_circles(measurements: Measurements, radius: tuple[float, float]) -> Circles:
    """The best circle of each segment, see `rlseg.rewards.measure.circles`. radius: in the file's unit of length."""
    low, high = (end / measurements.pixel_size for end in radius)
    return measurements.segments.circles(low, high)


class HoughCircleTerm(Term):
    """Circle Hough Transform per object: how much of a circle its boundary covers, and whether its area fits.

    h = max over r and c of H(r, c) min(A / D, D / A), with the segment's area A and the disc's D = pi r^2. H is the
    share of 32 directions from the centre c in which a boundary crack lies within 1 px of the circle with radius r; c
    is the centroid or 1 px from it in row or column, r runs over the range in steps of at most 1 px. Sides on the image
    border are no boundary. 0 for A < 0.1 pi low^2 or A > 1.4 pi high^2. score = max(0, h - m) / (1 - m) with m =
    `min_accumulator`. Section 4.1 of arXiv:2107.02600; in [0, 1], no unit.
    """

    EXAMPLE: ClassVar[str] = "{kind: hough_circle, radius: [10, 20]}"

    kind: Literal["hough_circle"]
    radius: Radii = Field(examples=["[10, 20]"])
    """[low, high]: the radii that an object can have, in the file's unit of length."""
    min_accumulator: float = Field(default=0.0, ge=0, lt=1)
    """Worse circles earn nothing (the paper: 0.6). 0 gives credit to every part of a circle, which learns better."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for a whole disc with a radius in the range."""
        found = fitted_circles(scene.measurements, self.radius).score
        return np.maximum(found - self.min_accumulator, 0.0) / (1.0 - self.min_accumulator)
