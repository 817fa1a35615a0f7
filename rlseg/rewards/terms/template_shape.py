"""Prior: the objects have the shape of a template that the user drew."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo, WithJsonSchema, field_validator

from rlseg.arrays import Floats, np
from rlseg.rewards.kernels import KERNELS
from rlseg.rewards.measure import central_moments, first_crossing, hu_invariants, polygon_area, polygon_moments
from rlseg.rewards.model import MaskPicture, Positive, problem
from rlseg.rewards.terms.base import Scene, Term

# The order of each invariant in the normalised moments, and the size of a normalised moment that a small object's pixel
# grid can make up: below it the logarithm is flat.
_ORDERS = (1, 2, 2, 2, 4, 3, 4)
_FLOOR = 0.05

_SYMBOLS = ".#"


def _pair(point: Any) -> Any:
    if isinstance(point, list | tuple) and len(point) != 2:
        raise problem("bad-value", f"must be [row, column], got {len(point)} values")
    return point


def _polygon(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    corners = [point for point, before in zip(points, points[-1:] + points[:-1], strict=True) if point != before]
    if len(corners) < 3:
        raise problem("bad-value", f"must have at least 3 different points, got {len(corners)}")
    crossing = first_crossing(np.array(corners))
    if crossing is not None:
        ends = [corners[(i + step) % len(corners)] for i in crossing for step in (0, 1)]
        one, other = (f"[{a[0]:g}, {a[1]:g}] to [{b[0]:g}, {b[1]:g}]" for a, b in (ends[:2], ends[2:]))
        hint = "give the points in the order in which you meet them along the outline"
        raise problem("bad-value", f"the side from {one} meets the side from {other}", hint=hint)
    if polygon_area(np.array(corners)) <= 1e-9 * np.ptp(corners, axis=0).max() ** 2:
        raise problem("bad-value", "the points lie on a line")
    return points


def _rows(rows: tuple[str, ...]) -> tuple[str, ...]:
    if not any("#" in row for row in rows):
        raise problem("bad-value", "no '#' in this mask")
    if len({len(row) for row in rows}) > 1 or any(set(row) - set(_SYMBOLS) for row in rows):
        raise problem("bad-value", "the rows of a mask are equally long and made of '.' and '#' (the object)")
    return rows


Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
Point = Annotated[tuple[Coordinate, Coordinate], Strict(False), BeforeValidator(_pair)]
_PICTURE = {"anyOf": [{"type": "string", "pattern": r"\.png$"}, {"type": "array", "items": {"type": "string"}}]}


class TemplateShapeTerm(Term):
    """How much a segment's shape is that of a template, whatever its place and rotation; mirror images count as equal.

    score = kernel(d / scale), d = sqrt(sum_i (f_i(segment) - f_i(template))^2), over Hu's seven moment invariants h_i
    (of the seventh only |h_7|), log-scaled: f_i = sign(h_i) ln(1 + |h_i| / 0.05^o_i) / o_i with their orders o_i = 1,
    2, 2, 2, 4, 3, 4 (M. K. Hu, Visual pattern recognition by moment invariants, 1962). Pixels are squares, not points.

    The same shape on another pixel grid has d up to 0.1, or 0.3 with fewer than 100 px. An L and a T are 0.9 apart, a
    disc and an ellipse with axes 2 : 1 are 1, with 1.3 : 1 they are 0.27. The invariants hardly tell an ellipse from a
    rectangle (0.05); solidity and extent do. With scale_free: false the size counts as well: d^2 has the further
    summand (ln(A / A_template) / 2)^2.
    """

    EXAMPLE: ClassVar[str] = (
        "{kind: template_shape, polygon: [[0, 0], [0, 30], [10, 30], [10, 10], [30, 10], [30, 0]], scale: 0.3}"
    )

    kind: Literal["template_shape"]
    polygon: Annotated[
        Annotated[tuple[Point, ...], Strict(False), AfterValidator(_polygon)] | None,
        Field(examples=["[[0, 0], [0, 30], [12, 15]]"]),
    ] = None
    """Corners [row, column] of the template along its outline, in the file's unit of length."""
    mask: Annotated[
        Annotated[tuple[str, ...], Strict(False), AfterValidator(_rows), WithJsonSchema(_PICTURE)] | None, MaskPicture()
    ] = Field(default=None, validate_default=True)
    """The template as a PNG file beside the reward file (what is not 0 is the object), or as rows of '.' and '#'."""
    scale_free: bool = True
    """Whether the template may be larger or smaller than the objects; else a mask has the pixels of the images."""
    kernel: Literal["gaussian", "linear", "box"] = "gaussian"
    """gaussian exp(-z^2 / 2), linear max(0, 1 - |z|) or box (1 within one scale)."""
    scale: Positive = Field(examples=["0.3"])
    """The distance d that is clearly worse."""

    @field_validator("mask")
    @classmethod
    def _one_template(cls, mask: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        if "polygon" not in info.data:
            return mask  # wrong itself, which is reported already
        polygon = info.data["polygon"]
        if mask is None and polygon is None:
            raise problem("missing-key", "polygon or mask is needed", instead=("polygon", "mask"))
        if mask is not None and polygon is not None:
            raise problem("bad-value", "only one of polygon and mask can be given", hint="remove one of them")
        return mask

    @cached_property
    def _template(self) -> tuple[float, Floats]:
        """Area (of a polygon in the file's unit, of a mask in px^2) and (7,) features of the template."""
        if self.polygon is not None:
            area, central = polygon_moments(np.array(self.polygon))
            return area, _features(np.array([area]), central[None])[0]
        assert self.mask is not None
        r, c = np.nonzero(np.array([list(row) for row in self.mask]) == "#")
        r, c = r.astype(np.float64), c.astype(np.float64)
        sums = [values.sum() for values in (r, c, r * r, r * c, c * c)]
        third = [values.sum() for values in (r * r * r, r * r * c, r * c * c, c * c * c)]
        pixels = np.array([float(len(r))])
        central = central_moments(pixels, np.array([sums]), np.array([third]))
        return len(r), _features(pixels, _of_squares(pixels, central))[0]

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for the template's shape."""
        area, features = self._template
        segments = scene.segments
        pixels = segments.descriptor("area")
        found = _features(pixels, _of_squares(pixels, segments.central_moments))
        squared = ((found - features) ** 2).sum(axis=1)
        if not self.scale_free:
            own = pixels if self.mask is not None else scene.measurements.value("area")
            squared += (np.log(own / area) / 2) ** 2
        return KERNELS[self.kernel](np.sqrt(squared) / self.scale)


def _of_squares(pixels: Floats, central: Floats) -> Floats:
    """Central moments (M, 7) of pixels as unit squares: each has the variance 1/12 in either direction."""
    return central + pixels[:, None] * np.array([1 / 12, 0, 1 / 12, 0, 0, 0, 0])


def _features(area: Floats, central: Floats) -> Floats:
    """(M, 7) log-scaled invariants."""
    invariants = hu_invariants(area, central)
    invariants[:, 6] = np.abs(invariants[:, 6])
    order = np.array(_ORDERS)
    return np.sign(invariants) * np.log1p(np.abs(invariants) / _FLOOR**order) / order
