"""Prior: the objects are discs, by how much of a circle around its middle each covers."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.rewards.measure import Circles
from rlseg.rewards.properties import Measurements
from rlseg.rewards.terms.circle import CircleTerm, in_pixels


class CircleCoverageTerm(CircleTerm):
    """How much of a circle around its middle a segment's boundary covers, and whether its area fits.

    h = max over r and c of H(r, c) min(A / D, D / A), with the segment's area A and the disc's D = pi r^2. H is the
    share of 32 directions from the centre c in which a boundary crack lies within 1 px of the circle with radius r; c
    is the centroid or 1 px from it in row or column, r runs over the range in steps of at most 1 px. Sides on the image
    border are no boundary. 0 for A < 0.1 pi low^2 or A > 1.4 pi high^2. score = max(0, h - m) / (1 - m) with m =
    `min_accumulator`; in [0, 1], no unit.

    A smooth relative of the Hough transform (`circle_hough`), which looks around the middle of a segment alone: half a
    disc has an h of 0.35 here, and of about 0.53 there. Its name was hough_circle, which files may still say.
    """

    EXAMPLE: ClassVar[str] = "{kind: circle_coverage, radius: [10, 20]}"
    AREAS: ClassVar[tuple[float, float]] = (0.5, 2.0)

    kind: Literal["circle_coverage"]

    def circles(self, measurements: Measurements) -> Circles:
        """The best circle of each segment, see `rlseg.rewards.measure.circles`."""
        return measurements.segments.circles(*in_pixels(measurements, self.radius))
