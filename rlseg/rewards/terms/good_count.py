"""Prior: the number of objects in the image is roughly known, and only good ones count."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats, np
from rlseg.rewards.model import ClassReference, Share
from rlseg.rewards.terms.base import Scene
from rlseg.rewards.terms.target import TargetTerm


class GoodObjectCountTerm(TargetTerm):
    """The number of segments of a class that earn more than some reward, against its expected value.

    n = number of segments of the class `of` in the partition with a reward above `over`. It lets a background earn what
    the objects around it are worth: unlike object_count it does not pay for mere pieces.
    """

    VOLUMES: ClassVar[bool] = True
    EXAMPLE: ClassVar[str] = (
        "{kind: good_object_count, of: foreground, over: 0.5, expected: 15, scale: 15, kernel: linear, side: below}"
    )
    PARTITION: ClassVar[bool | str] = True

    kind: Literal["good_object_count"]
    of: Annotated[str, ClassReference(scored=True)] = Field(examples=["foreground"])
    """The class whose segments are counted; not the one that the term belongs to."""
    over: Share = 0.5
    """Only segments with a reward above this count."""

    def score(self, scene: Scene) -> Floats:
        """(M,) floats in [0, 1], the same for all segments of a partition."""
        segments = scene.segments
        good = scene.members(self.of) & (scene.class_scores[self.of] > self.over)
        counts = np.bincount(segments.partition[good], minlength=len(segments.offsets) - 1)
        return self.closeness(counts.astype(np.float64))[segments.partition]
