"""Prior: how far from a known centre the objects lie."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.directions import distances_to_center
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


class DistanceToCenterTerm(TargetTerm):
    """The distance d of the segment's centroid from the centre against its expected value.

    d = |centroid - center|, in the file's unit of length. The position prior of the cells in section 4.3 of
    arXiv:2107.02600.
    """

    EXAMPLE: ClassVar[str] = "{kind: distance_to_center, expected: [85, 152], scale: 20}"
    UNIT: ClassVar[str] = "px"

    kind: Annotated[Literal["distance_to_center"], GeometryReference("center")]

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: how close each segment's distance is to the expected one."""
        return self.closeness(distances_to_center(scene.measurements))
