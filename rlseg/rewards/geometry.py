"""The `geometry:` block of a reward file: places in the image that several terms share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, Tag, ValidationInfo, field_validator

from rlseg.rewards.model import SEVERAL, Model, Positive, by_shape, problem


def _ring(radii: tuple[float, float]) -> tuple[float, float]:
    inner, outer = radii
    if not 0 <= inner < outer:
        what = f"the inner radius must be at least 0 and below the outer one, got [{inner:g}, {outer:g}]"
        raise problem("bad-value", what)
    return radii


Place = Annotated[tuple[float, float], Strict(False)]
Radii = Annotated[tuple[float, float], Strict(False), AfterValidator(_ring)]
Center = Annotated[
    Annotated[Place, Tag("<place>")] | Annotated[Literal["image"], Tag("<word>")], by_shape(SEVERAL, "place", "word")
]  # fmt: skip


class Geometry(Model):
    """Where things are, in the file's unit of length. (0, 0) is the middle of the first pixel."""

    center: Center = Field(examples=["image"])
    """[row, column], or image: the middle of the image."""
    ring: Radii | None = None
    """[inner, outer] radius of the ring around the centre in which the objects lie."""
    border_radius: Positive | None = None
    """Beyond this distance from the centre there is only background."""

    @field_validator("border_radius")
    @classmethod
    def _outside_the_ring(cls, border_radius: float | None, info: ValidationInfo) -> float | None:
        ring = info.data.get("ring")
        if border_radius is not None and ring is not None and border_radius < ring[1]:
            raise problem("bad-value", f"must be at least the ring's outer radius {ring[1]:g}, got {border_radius:g}")
        return border_radius

    def center_px(self, shape: tuple[int, int], pixel_size: float = 1.0) -> tuple[float, float]:
        """Row and column of the centre in pixels.

        Args:
            shape: height and width of the image in pixels.
            pixel_size: the file's units of length per pixel.
        """
        if self.center == "image":
            return (shape[0] - 1) / 2, (shape[1] - 1) / 2
        return self.center[0] / pixel_size, self.center[1] / pixel_size


class GeometryReference:
    """Marks a field that relies on `geometry:`; the loader says where it is missing.

    Args:
        keys: what must be given there.
        when: the values of the field that need it, its default included; if not given, any value does, and a mark on
            `kind` means that the term always does.
    """

    def __init__(self, *keys: Literal["center", "ring", "border_radius"], when: tuple[str, ...] | None = None) -> None:
        self.keys = keys
        self.when = when
