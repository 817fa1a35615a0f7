"""Prior: good objects are surrounded by this class, so it earns what it touches."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats, Ints, np
from rlseg.jit import compiled
from rlseg.rewards.model import ClassReference
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import Term


@compiled
def _mean_across(labels: Ints, edge_index: Ints, edge_length: Floats, scores: Floats) -> Floats:
    """(M,) mean of `scores` across each segment's boundary, weighted by length; 0 without a boundary."""
    total = np.zeros(len(scores))
    length = np.zeros(len(scores))
    for k in range(len(labels)):
        for e in range(edge_index.shape[1]):
            a, b = labels[k, edge_index[0, e]], labels[k, edge_index[1, e]]
            if a != b:
                total[a] += edge_length[e] * scores[b]
                total[b] += edge_length[e] * scores[a]
                length[a] += edge_length[e]
                length[b] += edge_length[e]
    for m in range(len(scores)):
        if length[m] > 0:
            total[m] /= length[m]
    return total


class NeighbourScoreTerm(Term):
    """Mean score of the class `of` across the segment's boundary.

    Every piece of the boundary counts with its length; pieces towards other classes count 0, so a background
    that swallows the objects, or that is cut for no reason, earns little.
    """

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: neighbour_score, of: foreground}"
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["neighbour_score"]
    of: Annotated[str, ClassReference(scored=True)] = Field(examples=["foreground"])
    """The class whose scores count."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]; 0 for a segment that fills the image."""
        segments = scene.segments
        regions = segments.regions
        return _mean_across(segments.labels, regions.edge_index, regions.edge_length, scene.class_scores[self.of])
