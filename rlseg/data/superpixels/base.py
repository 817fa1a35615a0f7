"""What makes superpixels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from rlseg.data.superpixels.brightness import Brightness


class Superpixels(BaseModel, ABC):
    """An over-segmentation with its settings. A new kind is one new file in this folder.

    Each superpixel hangs together by the sides of its pixels, and the same image gives the same superpixels.

    Attributes:
        VOLUMES: whether it also makes superpixels of volumes: (C, Z, H, W) to (Z, H, W).
        kind: its name, a Literal in each concrete class.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    VOLUMES: ClassVar[bool] = False
    kind: str

    @abstractmethod
    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness) -> npt.NDArray[np.int32]:
        """Superpixels of one image.

        Args:
            image: (C, H, W) in [0, 1].
            brightness: relative to the local background, of the same image.

        Returns:
            (H, W) int32, ids 0..N-1.
        """

    @property
    def usual(self) -> Superpixels:
        """The superpixels that are made: these, or of the kind `auto` those that it stands for."""
        return self

    @property
    def follows_lines(self) -> bool:
        """Whether there is a map of `lines`."""
        return False

    def lines(
        self, image: npt.NDArray[np.float32], spacing: tuple[float, ...] = (1.0, 1.0)
    ) -> npt.NDArray[np.float64] | None:
        """(H, W) in [0, 1], how much each pixel looks like a line between objects, if the superpixels follow lines.

        Where there is such a map, features and the search that starts a training look at it as well.

        Args:
            image: as of a call.
            spacing: sides of a pixel in px; of a volume all is (Z, H, W).
        """
        return None
