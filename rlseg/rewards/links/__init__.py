"""Objects of one frame of a film are compared with those of the next: kinds of such comparisons, one file each."""

from __future__ import annotations

from rlseg.kinds import find_kinds
from rlseg.rewards.links.base import SHAPES, LinkTerm, Pairs
from rlseg.rewards.links.moved import MovedLink

DIVISION_KINDS = find_kinds(__name__, LinkTerm)  # type: ignore[type-abstract]
"""What can compare an object with the two that it divides into."""
LINK_KINDS = {kind: found for kind, found in DIVISION_KINDS.items() if not found.DIVISION}
"""What can compare an object with the one that it is in the next frame."""

__all__ = ["DIVISION_KINDS", "LINK_KINDS", "SHAPES", "LinkTerm", "MovedLink", "Pairs"]
