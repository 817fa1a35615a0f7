"""Superpixels as rings between level sets of each object's own brightness, merged by Ward's rule."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness, least_size
from rlseg.data.superpixels.fragments import renumber, ward_merge
from rlseg.graph import pieces_of_equals


class LevelSets(Superpixels):
    """Brightness basins, each cut into rings of similar relative brightness.

    Pixels with a relative brightness between `low` and `high` are the uncertain rim of an object: they are merged into
    rings and pieces of similar brightness by Ward's rule; the surely bright core and the surely dark background stay
    whole. So the nodes go where outlines can be.

    Attributes:
        low, high: relative brightness below which a pixel is background and above which it is core.
        merge_cost: largest Ward cost of a merge; larger gives fewer superpixels. In a volume as much more as pieces of
            12 pixels, such as it joins in an image, have voxels there.
    """

    VOLUMES: ClassVar[bool] = True

    kind: Literal["level_sets"] = "level_sets"
    low: float = Field(default=0.08, ge=0, lt=1)
    high: float = Field(default=0.6, gt=0, le=1)
    merge_cost: float = Field(default=0.06, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> LevelSets:
        if self.low >= self.high:
            raise ValueError(f"low must be below high, got low={self.low:g}, high={self.high:g}")
        return self

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1] with its relative brightness: (H, W) int32, ids 0..N-1.

        Of a volume (C, Z, H, W) to (Z, H, W).
        """
        level = np.clip((brightness.level - self.low) / (self.high - self.low), 0, 1)
        group = np.where(level == 0, 0, brightness.basins + 1)
        uncertain = (level > 0) & (level < 1)
        flat = np.where(uncertain, -1, np.where(level == 0, 0, brightness.basins + 1))
        start = pieces_of_equals(flat).astype(np.int64)
        start[uncertain] = start.max() + 1 + np.arange(int(uncertain.sum()))
        cost = self.merge_cost * least_size(12, brightness.spacing) / 12
        return ward_merge(renumber(start), level, group, cost)
