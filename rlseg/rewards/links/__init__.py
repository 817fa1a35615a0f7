"""Objects of one frame of a film are compared with those of the next: kinds of such comparisons, one file each."""

from __future__ import annotations

from rlseg.rewards.links.base import SHAPES, LinkTerm, Pairs
from rlseg.rewards.links.moved import MovedLink

__all__ = ["SHAPES", "LinkTerm", "MovedLink", "Pairs"]
