"""Prior: the share of the image that something covers is roughly known."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from rlseg.arrays import Floats, np
from rlseg.rewards.model import ClassReference
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


class CoverageTerm(TargetTerm):
    """The share of the image against its expected value.

    share = area / (height width) of the segment, or with `of` the sum over all segments of that class in the
    partition. In [0, 1], no unit.
    """

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: coverage, of: foreground, expected: [0.2, 0.4], scale: 0.1}"
    PARTITION: ClassVar[bool | str] = "of"

    kind: Literal["coverage"]
    of: Annotated[str | None, ClassReference(scored=False)] = None
    """The class whose segments count together; the segment alone if not given."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1]; the same for all segments of a partition if a class is named."""
        segments = scene.segments
        share = segments.pixels / segments.regions.superpixels.size
        if self.of is not None:
            members = scene.members(self.of)
            partitions = len(segments.offsets) - 1
            covered: Floats = np.bincount(segments.partition[members], share[members], partitions).astype(np.float64)
            share = covered[segments.partition]
        return self.closeness(share)
