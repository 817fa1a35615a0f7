"""Prior: the ellipse that a class fills, or leaves free, is known."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from rlseg.arrays import Floats, np
from rlseg.rewards.kernels import KernelName
from rlseg.rewards.measure import Segments, covariances
from rlseg.rewards.terms.base import Scene, Term
from rlseg.rewards.terms.pair import Pair, PairScale, pair_closeness
from rlseg.rewards.terms.target import check_scale


class EllipseAxesTerm(Term):
    """The axes of the ellipse with the same second moments against expected ones.

    score = kernel((minor - expected_1) / scale) kernel((major - expected_2) / scale), axes = 4 sqrt(lambda) in full
    length as scikit-image's axis_minor_length and axis_major_length. With `of: rest` the ellipse is that of all pixels
    outside the segment: for a background around an embryo, the embryo. The contours of the inner and outer background
    in section 4.3 of arXiv:2107.02600.
    """

    EXAMPLE: ClassVar[str] = "{kind: ellipse_axes, of: rest, expected: [300, 306], scale: 25}"

    kind: Literal["ellipse_axes"]
    of: Literal["segment", "rest"] = "segment"
    """segment: the segment's own ellipse; rest: that of everything else in the image."""
    kernel: KernelName = "gaussian"
    """gaussian, linear, box, or ratio (no scale)."""
    expected: Pair = Field(examples=["[60, 80]"])
    """[minor, major] axis in full, in the file's unit of length."""
    scale: PairScale | None = Field(default=None, examples=["10"], validate_default=True)
    """The distance that is clearly worse: one number, or one for each axis."""

    @field_validator("scale")
    @classmethod
    def _needed_unless_ratio(cls, scale: PairScale | None, info: ValidationInfo) -> PairScale | None:
        check_scale(scale, info.data.get("kernel"))
        return scale

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]; the rest of a segment that fills the image has axes of length 0."""
        segments = scene.segments
        large, small = segments.variances if self.of == "segment" else _variances_of_rest(segments)
        unit = 4 * scene.measurements.pixel_size
        return pair_closeness(unit * np.sqrt(small), unit * np.sqrt(large), self.expected, self.scale, self.kernel)


def _variances_of_rest(segments: Segments) -> tuple[Floats, Floats]:
    """Larger and smaller variance of all pixels outside each segment, (M,) each, in px^2; 0 if there are none."""
    regions = segments.regions
    area = regions.area.sum() - segments.descriptor("area")
    sums = regions.moments.sum(axis=0) - segments.total(regions.moments)
    rr, rc, cc = covariances(np.maximum(area, 1.0), sums).T
    middle, spread = (rr + cc) / 2, np.sqrt(((rr - cc) / 2) ** 2 + rc**2)
    return np.maximum(middle + spread, 0.0), np.maximum(middle - spread, 0.0)
