"""Link: how far an object moves."""

from __future__ import annotations

from typing import ClassVar, Literal

from rlseg.arrays import Floats
from rlseg.rewards.links.base import LinkTerm, Pairs


class MovedLink(LinkTerm):
    """How far the centroid of an object moves from one frame to the next, in the file's unit of length.

    What the whole picture moves (`drift`) is taken off first. In a division it is the way from the one that divides to
    the centroid of both that follow, taken as one.
    """

    EXAMPLE: ClassVar[str] = "{kind: moved, expected: [0, 6], scale: 6}"

    kind: Literal["moved"]

    def value(self, pairs: Pairs) -> Floats:
        """(P,) distances."""
        return pairs.distance
