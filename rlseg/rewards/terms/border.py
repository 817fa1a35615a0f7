"""Prior: objects lie inside the image, or a background reaches its border."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats, np
from rlseg.rewards.model import Share
from rlseg.rewards.terms.base import Scene, Term


class TouchesBorderTerm(Term):
    """Whether the segment touches the border of the image: 1 if that is as wanted, `otherwise` if not.

    A segment touches the border if one of its pixels lies in the first or last row or column.
    """

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: touches_border, wanted: false, otherwise: 0.5}"

    kind: Literal["touches_border"]
    wanted: bool = False
    """true: segments should touch the border; false: they should not."""
    otherwise: Share = 0.0
    """The score of segments that do not do as wanted."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats: 1 or `otherwise`."""
        touches = scene.segments.total(scene.segments.regions.border) > 0
        return np.where(touches == self.wanted, 1.0, self.otherwise)
