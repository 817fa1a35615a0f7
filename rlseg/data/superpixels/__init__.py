"""Over-segmentations of an image into superpixels, the nodes of its graph: by kind, each in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.levels import LevelSets
from rlseg.kinds import any_of, find_kinds

SUPERPIXELS = find_kinds(__name__, Superpixels)  # type: ignore[type-abstract]

if TYPE_CHECKING:
    AnySuperpixels = Superpixels
else:
    AnySuperpixels = any_of(SUPERPIXELS)

__all__ = ["SUPERPIXELS", "AnySuperpixels", "LevelSets", "Superpixels"]
