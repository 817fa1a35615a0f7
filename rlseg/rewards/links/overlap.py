"""Link: how much of an object lies where it was."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.links.base import LinkTerm, Pairs


class OverlapLink(LinkTerm):
    """The pixels that an object has in both frames, over those of the frame in which it is smaller: 0 to 1.

    What the whole picture moves (`drift`) is taken off first, to whole pixels. In a division both that follow are taken
    as one.
    """

    EXAMPLE: ClassVar[str] = "{kind: overlap, expected: 0.7, scale: 0.3, side: below}"

    kind: Literal["overlap"]

    def value(self, pairs: Pairs) -> Floats:
        """(P,) shares in [0, 1]."""
        return pairs.overlap
