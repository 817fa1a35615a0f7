"""Prior: the objects point in a known direction."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from rlseg.arrays import Floats, np
from rlseg.rewards.directions import Direction, misalignment
from rlseg.rewards.kernels import KERNELS
from rlseg.rewards.model import Positive, problem
from rlseg.rewards.terms.base import Scene, Term


class OrientationFieldTerm(Term):
    """The angle delta in [0, 90] degrees between the segment's major axis and a direction.

    score = cos(delta)^2, or kernel(delta / scale) with the other kernels. The major axis is that of the second
    moments. A segment without a direction (a pixel, a square, a disc; next to radial directions also one whose
    centroid is the centre) counts as 45 degrees off.

    With `weigh_elongation` the score becomes e score + (1 - e) / 2, with the elongation e = (lambda_1 - lambda_2) /
    (lambda_1 + lambda_2) of the second moments (a pixel as a square): round segments, whose axis means little, get
    1/2. With cos2 this is the share of the segment's variance that lies along the direction.
    """

    EXAMPLE: ClassVar[str] = "{kind: orientation_field, direction: radial}"

    kind: Literal["orientation_field"]
    direction: Direction = Field(examples=["radial"])
    """radial: towards the centre; tangential: around it; or an angle in degrees: 0 for upright segments, 90 for level
    ones, 45 for those from the upper left to the lower right (as scikit-image's orientation)."""
    kernel: Literal["cos2", "gaussian", "linear", "box"] = "cos2"
    """cos2: the squared cosine, no scale; gaussian, linear or box of the angle in scales."""
    scale: Positive | None = Field(default=None, examples=["15"], validate_default=True)
    """The angle in degrees that is clearly worse; not with cos2."""
    weigh_elongation: bool = False
    """Let the direction of long segments count more than that of round ones."""

    @field_validator("scale")
    @classmethod
    def _needed_unless_cos2(cls, scale: float | None, info: ValidationInfo) -> float | None:
        kernel = info.data.get("kernel")
        if kernel == "cos2" and scale is not None:
            raise problem(
                "bad-value", "kernel: cos2 takes no scale", hint="remove the scale, or choose another kernel",
                instead=("kernel",),
            )  # fmt: skip
        if scale is None and kernel in KERNELS:
            raise PydanticKnownError("missing")
        return scale

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for segments along the direction, 0 for those across it."""
        apart = misalignment(scene.measurements, self.direction)
        if self.scale is None:
            scores = np.cos(np.radians(apart)) ** 2
        else:
            scores = KERNELS[self.kernel](apart / self.scale)
        if not self.weigh_elongation:
            return scores
        large, small = scene.segments.variances
        elongation = (large - small) / (large + small + 1 / 6)
        return elongation * scores + (1 - elongation) / 2
