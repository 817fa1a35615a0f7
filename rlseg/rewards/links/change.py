"""Link: how much a descriptor changes; at a division, whether areas conserve."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats, np
from rlseg.rewards.links.base import LinkTerm, Pairs, Shape


def ratio_of(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator; 1 where both are 0, and as far off as can be where only the denominator is."""
    result = np.where(numerator > 0, np.inf, 1.0)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


class ChangeLink(LinkTerm):
    """A descriptor of an object over what it was a frame before: 1 for no change, 1.1 if it has grown by a tenth.

    In a division the areas of both that follow are added, so that 1 says that they conserve what there was; of any
    other property their mean is taken.
    """

    EXAMPLE: ClassVar[str] = "{kind: change, property: area, expected: [0.9, 1.2], scale: 0.2}"

    kind: Literal["change"]
    property: Shape = Field(examples=["area"])
    """What is compared: a descriptor that label images alone tell."""

    def needed(self) -> str:
        """The descriptor."""
        return self.property

    def value(self, pairs: Pairs) -> Floats:
        """(P,) ratios >= 0."""
        after = pairs.after[self.property]
        joined = after.sum(axis=1) if self.property == "area" else after.mean(axis=1)
        return ratio_of(joined, pairs.before[self.property])
