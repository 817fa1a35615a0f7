"""Prior: the number of objects in the image is roughly known."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats, np
from rlseg.rewards.model import ClassReference
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


class ObjectCountTerm(TargetTerm):
    """The number of segments of a class in the partition against its expected value."""

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = "{kind: object_count, of: foreground, expected: 15, scale: 10, kernel: linear}"
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["object_count"]
    of: Annotated[str, ClassReference(scored=False)] = Field(examples=["foreground"])
    """The class whose segments are counted."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1], the same for all segments of a partition."""
        segments = scene.segments
        counted = segments.partition[scene.members(self.of)]
        counts = np.bincount(counted, minlength=len(segments.offsets) - 1)
        return self.closeness(counts.astype(np.float64))[segments.partition]
