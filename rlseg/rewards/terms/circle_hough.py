"""Prior: the objects are discs, by the Circle Hough Transform of their outlines."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.rewards.measure import Circles
from rlseg.rewards.properties import Measurements
from rlseg.rewards.terms.circle import CircleTerm, in_pixels


class CircleHoughTerm(CircleTerm):
    """The Circle Hough Transform of the segment's outline: the votes for the best circle, wherever its centre is.

    The pixels on both sides of the outline vote: for each whole radius r of the range, every pixel of the circle around
    them could be the centre. h = votes for the best centre and radius / number of pixels of that circle, which a whole
    circle casts: the maximum of `skimage.transform.hough_circle` (normalised, full output) of
    `skimage.segmentation.find_boundaries` with mode "thick". The image border is no outline. 0 for an area below
    0.1 pi low^2 or above 1.4 pi high^2. score = max(0, h - m) / (1 - m) with m = `min_accumulator`; in [0, 1], no unit.

    Drawn discs have h of 0.82 to 1, on average 0.95, and halves of them 0.48 to 0.58. The reward of section 4.1 of
    arXiv:2107.02600.
    """

    EXAMPLE: ClassVar[str] = "{kind: circle_hough, radius: [10, 20], min_accumulator: 0.6}"
    STILL: ClassVar[bool] = True
    AREAS: ClassVar[tuple[float, float]] = (0.1, 1.4)

    kind: Literal["circle_hough"]

    def circles(self, measurements: Measurements) -> Circles:
        """The best circle of each segment, see `rlseg.rewards.measure.hough`."""
        return measurements.segments.hough_circles(*in_pixels(measurements, self.radius))
