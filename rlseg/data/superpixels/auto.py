"""Superpixels whose kind is chosen by what the objects look like."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import PrivateAttr, ValidationInfo, model_validator

from rlseg.arrays import Labels, Map
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.boundary import BoundarySeeds
from rlseg.data.superpixels.brightness import Brightness
from rlseg.data.superpixels.levels import LevelSets


class AutoSuperpixels(Superpixels):
    """The kind that suits the objects.

    `rlseg fit` tries several kinds and scales on a few of its images, if the reward file has a section `objects`, and
    goes on with the one whose objects are paid best. Wherever nobody has chosen, this is the usual kind: boundary seeds
    for outlined objects, else level sets.
    """

    VOLUMES: ClassVar[bool] = True

    kind: Literal["auto"] = "auto"
    _outlined: bool = PrivateAttr(False)

    @model_validator(mode="after")
    def _by_look(self, info: ValidationInfo) -> AutoSuperpixels:
        """As part of settings with `objects`, know whether these are outlined."""
        objects: Any = (info.data or {}).get("objects")
        outlined = objects is not None and objects.way == "outlined"
        if outlined == self._outlined:
            return self
        found = self.model_copy()
        found._outlined = outlined
        return found

    @property
    def usual(self) -> Superpixels:
        """The usual kind."""
        return BoundarySeeds() if self._outlined else LevelSets()

    @property
    def follows_lines(self) -> bool:
        """Whether the usual kind does."""
        return self.usual.follows_lines

    def lines(self, image: npt.NDArray[np.float32], spacing: tuple[float, ...] = (1.0, 1.0)) -> Map | None:
        """The lines that the usual kind follows, see `Superpixels.lines`."""
        return self.usual.lines(image, spacing)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness) -> Labels:
        """Superpixels of the usual kind, of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1; or of a volume."""
        return self.usual(image, brightness)
