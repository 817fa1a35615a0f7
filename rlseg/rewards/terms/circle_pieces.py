"""Prior: a circle is one object, not several."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from rlseg.arrays import Floats, np
from rlseg.rewards.model import ClassReference, problem
from rlseg.rewards.terms.base import Scene, Term, TermReference
from rlseg.rewards.terms.circle import CircleTerm, Radii
from rlseg.rewards.terms.circle_coverage import CircleCoverageTerm


class SegmentsPerCircleTerm(Term):
    """1 / number of segments that reach into the segment's best circle.

    The circle is that of another term of the group (`circle`), or that of `circle_coverage` (`radius`). A segment
    reaches into it if one of its boundary cracks lies at least 1 px within it; the segment itself always counts. 0 for
    segments without a circle, and where the circle earns nothing in the term it is taken from. Section 4.1 of
    arXiv:2107.02600; in [0, 1], no unit.
    """

    EXAMPLE: ClassVar[str] = "{kind: segments_per_circle, radius: [10, 20]}"
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["segments_per_circle"]
    ignore: Annotated[str | None, ClassReference(scored=False)] = Field(default=None, examples=["background"])
    """A class whose segments do not count, such as the background around the circle."""
    circle: Annotated[str | None, TermReference("circle_hough", "circle_coverage")] = Field(
        default=None, examples=["circle"]
    )
    """The name of the circle_hough or circle_coverage term of this group whose circles are meant."""
    radius: Radii | None = Field(default=None, examples=["[10, 20]"], validate_default=True)
    """Instead of `circle`: [low, high], the radii that an object can have."""

    @field_validator("radius")
    @classmethod
    def _one_of_both(cls, radius: tuple[float, float] | None, info: ValidationInfo) -> tuple[float, float] | None:
        if "circle" not in info.data:
            return radius  # wrong itself, which is reported already
        if radius is None and info.data["circle"] is None:
            raise problem("missing-key", "circle or radius is needed", instead=("circle", "radius"))
        if radius is not None and info.data["circle"] is not None:
            raise problem("bad-value", "only one of circle and radius can be given", clash=["circle", "radius"])
        return radius

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for segments that share their circle with no other."""
        segments = scene.segments
        fitted = scene.terms[self.circle] if self.circle is not None else None
        if isinstance(fitted, CircleTerm):
            paid = fitted.score(scene) > 0
        else:
            assert self.radius is not None
            fitted = CircleCoverageTerm(kind="circle_coverage", radius=self.radius)
            paid = np.ones(segments.count, np.bool_)
        circles = fitted.circles(scene.measurements)
        paid = paid & (circles.score > 0)
        counted = ~scene.members(self.ignore) if self.ignore is not None else np.ones(segments.count, np.bool_)
        places = np.stack([circles.row, circles.column, np.where(paid, circles.radius, 0.0)], axis=1)
        return np.where(paid, 1.0 / segments.touched_by(places, counted, fitted.STILL), 0.0)
