"""Prior: the distance from one object to the next is roughly known."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


@compiled
def _nearest(team: Ints, place: Floats) -> Floats:
    """(M,) distance from each (M, 2) place to the nearest other one of its team; infinite if there is none.

    Both must be sorted by team, then by row: the search goes outwards until the rows alone are too far apart.
    """
    square = np.full(len(team), np.inf)
    for i in range(len(team)):
        for step in (-1, 1):
            j = i + step
            while 0 <= j < len(team) and team[j] == team[i]:
                down = (place[j, 0] - place[i, 0]) ** 2
                if down > square[i]:
                    break
                square[i] = min(square[i], down + (place[j, 1] - place[i, 1]) ** 2)
                j += step
    return np.sqrt(square)


class SpacingTerm(TargetTerm):
    """The distance d to the next object against its expected value.

    d = distance from the segment's centroid to the nearest centroid of another segment of the same class in the same
    partition, in the file's unit of length. For a segment that is alone d is infinite: it scores 0, or 1 with
    `side: below`, where only being too near is wrong.
    """

    EXAMPLE: ClassVar[str] = "{kind: spacing, expected: 12, scale: 4, side: below}"
    UNIT: ClassVar[str] = "px"
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["spacing"]

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]: how close each segment's distance to the next is to the expected one."""
        segments = scene.segments
        team = segments.partition * len(scene.class_names) + scene.segment_class
        order = np.lexsort((segments.centroid[:, 0], team))
        distance = np.empty(segments.count)
        distance[order] = _nearest(team[order], np.ascontiguousarray(segments.centroid[order]))
        return self.closeness(distance * scene.measurements.pixel_size)
