"""Prior: the outline of the segment is a circle, such as the contour of all objects together that a background has."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats, np
from rlseg.rewards.kernels import KERNELS
from rlseg.rewards.model import Positive
from rlseg.rewards.terms.base import Scene, Term


class ContourCircularityTerm(Term):
    """How far the segment's outline is from being a circle.

    score = kernel((s / m) / scale), with the mean m and the standard deviation s of the distances of its boundary
    cracks from their middle: Haralick's circularity is m / s. Sides on the image border are no boundary, so that the
    outline of a background around the objects is the contour of all objects together, and one within them has their
    inner contour. 0 for a segment without boundary. The circularity of the overall foreground contour in section 4.3
    of arXiv:2107.02600; no unit.

    s / m is 0 for a circle, 0.09 for an ellipse with axes 1.3 : 1, 0.11 for a square and 0.22 for axes 2 : 1.
    """

    EXAMPLE: ClassVar[str] = "{kind: contour_circularity, scale: 0.1}"

    kind: Literal["contour_circularity"]
    kernel: Literal["gaussian", "linear", "box"] = "gaussian"
    """gaussian exp(-z^2 / 2), linear max(0, 1 - |z|) or box (1 within one scale)."""
    scale: Positive = Field(examples=["0.1"])
    """The relative spread s / m that is clearly worse than none."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: 1 for a circle."""
        mean, deviation = scene.segments.contour_spread
        bounded = mean > 0
        spread = np.divide(deviation, mean, out=np.zeros_like(mean), where=bounded)
        return np.where(bounded, KERNELS[self.kernel](spread / self.scale), 0.0)
