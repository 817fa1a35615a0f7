"""Link: whether what a division leaves is alike."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from rlseg.arrays import Floats
from rlseg.rewards.links.base import LinkTerm, Pairs, Shape
from rlseg.rewards.links.change import ratio_of


class AlikeLink(LinkTerm):
    """A descriptor of the smaller one of two that a division leaves, over that of the other: 1 if they are alike."""

    EXAMPLE: ClassVar[str] = "{kind: alike, property: area, expected: 0.8, scale: 0.2, side: below}"
    DIVISION: ClassVar[bool] = True

    kind: Literal["alike"]
    property: Shape = Field(examples=["area"])
    """What is compared: a descriptor that label images alone tell."""

    def needed(self) -> str:
        """The descriptor."""
        return self.property

    def value(self, pairs: Pairs) -> Floats:
        """(P,) ratios in [0, 1]."""
        after = pairs.after[self.property]
        return ratio_of(after.min(axis=1), after.max(axis=1))
