"""Prior: the objects are long boxes of known size that point in a known direction."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, Strict, ValidationInfo, field_validator

from rlseg.arrays import Floats, np
from rlseg.rewards.directions import AnyDirection, bearings, misalignment
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.kernels import KERNELS, KernelName
from rlseg.rewards.model import Model, Positive, problem
from rlseg.rewards.properties import Measurements
from rlseg.rewards.terms.base import Scene, Term
from rlseg.rewards.terms.pair import Pair, PairScale, pair_closeness


def _at_most_a_turn(sector: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= sector[1] - sector[0] <= 360:
        raise problem(
            "bad-value", f"must go counter-clockwise by at most 360 degrees, got [{sector[0]:g}, {sector[1]:g}]",
            hint="a sector across 0 is written as for example [-20, 20] or [340, 380]",
        )  # fmt: skip
    return sector


Sector = Annotated[tuple[float, float], Strict(False), AfterValidator(_at_most_a_turn)]


class BoxTemplate(Model):
    """One box that an object could be."""

    radii: Pair = Field(examples=["[4.4, 33.5]"])
    """[half the width, half the length] in the file's unit of length."""
    scale: PairScale | None = Field(default=None, examples=["[2, 10]"])
    """How much wrong in half the width and half the length is clearly worse: one number or two."""
    orientation: AnyDirection = "any"
    """radial, tangential, any, or an angle in degrees as in orientation_field."""
    sector: Annotated[Sector | None, GeometryReference("center")] = None
    """[from, to] in degrees: only for segments that lie in this direction from the centre; 0 is down, 90 right."""

    def size_score(self, half_width: Floats, half_length: Floats, kernel: KernelName) -> Floats:
        """(M,) floats in [0, 1]: product of the kernels of both half sides."""
        return pair_closeness(half_width, half_length, self.radii, self.scale, kernel)

    def orientation_score(self, measurements: Measurements) -> Floats:
        """(M,) floats in [0, 1]: squared cosine between the long side and the orientation; 1 for any."""
        if self.orientation == "any":
            return np.ones(measurements.segments.count)
        return np.cos(np.radians(misalignment(measurements, self.orientation))) ** 2

    def applies(self, measurements: Measurements) -> Floats:
        """(M,) 1 for segments in the sector, 0 for others."""
        if self.sector is None:
            return np.ones(measurements.segments.count)
        first, last = self.sector
        inside = (bearings(measurements) - first) % 360.0 <= last - first
        return inside.astype(np.float64)


class BoxWeights(Model):
    """Shares of size and orientation in the score."""

    size: Positive = 0.8
    """Share of the size."""
    orientation: Positive = 0.2
    """Share of the orientation."""


class RotatedBoxTerm(Term):
    """How well the segment's rotated box fits the best of some templates.

    score = max over the templates of (w_s size + w_o orientation) / (w_s + w_o), 0 for templates of another sector;
    size = kernel((width / 2 - radii_1) / scale) kernel((length / 2 - radii_2) / scale), orientation = cos(delta)^2
    with the angle delta between the long side and the template's orientation.

    The box has the segment's largest second moment and its area: length = sqrt(12 lambda_1), width = area / length
    (the descriptors box_length and box_width). Both are exact for rectangles and, unlike a box around all pixels, they
    hardly move when one pixel sticks out or the object is bent. The box of section 4.3 of arXiv:2107.02600.
    """

    EXAMPLE: ClassVar[str] = (
        "{kind: rotated_box, templates: [{radii: [4.4, 33.5], scale: [2, 10], orientation: radial}]}"
    )

    kind: Literal["rotated_box"]
    kernel: KernelName = "gaussian"
    """gaussian, linear, box, or ratio (no scale)."""
    weights: BoxWeights = BoxWeights()
    """Shares of size and orientation."""
    templates: Annotated[tuple[BoxTemplate, ...], Strict(False)] = Field(
        min_length=1, examples=["[{radii: [4.4, 33.5], scale: [2, 10], orientation: radial}]"]
    )
    """The boxes that an object could be; the best fitting one counts."""

    @field_validator("templates")
    @classmethod
    def _scales(cls, templates: tuple[BoxTemplate, ...], info: ValidationInfo) -> tuple[BoxTemplate, ...]:
        kernel = info.data.get("kernel")
        for number, template in enumerate(templates, start=1):
            if kernel == "ratio" and template.scale is not None:
                hint = "remove the scale, or choose another kernel"
                raise problem("bad-value", f"template {number}: kernel: ratio takes no scale", hint=hint)
            if kernel in KERNELS and template.scale is None:
                hint = "add for example: scale: [2, 10]"
                raise problem("missing-key", f"template {number}: 'scale' is required", hint=hint)
        return templates

    def sees_beyond(self) -> bool:
        """Always: the sides of the box follow a continued segment."""
        return True

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: the score of the best fitting template."""
        measurements = scene.measurements
        half_width, half_length = (measurements.value(name) / 2 for name in ("box_width", "box_length"))
        size, turn = self.weights.size, self.weights.orientation
        best = np.zeros(scene.segments.count)
        for template in self.templates:
            fit = size * template.size_score(half_width, half_length, self.kernel)
            fit += turn * template.orientation_score(measurements)
            np.maximum(best, template.applies(measurements) * fit / (size + turn), out=best)
        return best
