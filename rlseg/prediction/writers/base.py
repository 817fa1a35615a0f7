"""What writes label images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize

Measurements = Mapping[str, npt.NDArray[Any]]
"""Column name -> (M,) values of the objects in the order of their labels; the column label has these."""


class LabelFormat(ABC):
    """A format that label images are written in. A new one is one new file in this folder.

    Attributes:
        kind: its name, for `rlseg predict --format`.
        suffix: of its files or folders.
        volumes: whether it also writes (Z, H, W) labels.
        measured: whether it keeps what was measured of the objects.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]
    volumes: ClassVar[bool] = False
    measured: ClassVar[bool] = False

    @abstractmethod
    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
    ) -> None:
        """Write a label image whole or not at all.

        Args:
            path: file or folder to write; one of this format is replaced.
            labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
            pixel_size: if it is known.
            measurements: of the objects, for formats that keep them.

        Raises:
            RlsegError: it cannot be written.
            ValueError: not 2-D, or a label is negative or too large.
        """

    def check(self, path: Path) -> None:
        """Find out before any work that something there would be lost.

        Raises:
            RlsegError: so it is.
        """
        return None


def smallest(labels: AnyLabels, volumes: bool = False) -> npt.NDArray[np.unsignedinteger]:
    """(H, W) labels as uint8, uint16 or uint32, whichever just holds the largest.

    Args:
        labels: of an image.
        volumes: whether they may be (Z, H, W) as well.

    Raises:
        ValueError: not 2-D, nor 3-D where that may be, or a label is negative or above 2**32 - 1.
    """
    if labels.ndim not in ((2, 3) if volumes else (2,)) or labels.size == 0:
        raise ValueError(f"labels must be (H, W) with at least one pixel, got shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= 2**32:
        raise ValueError(f"labels must be in [0, 2**32), got {labels.min()} to {labels.max()}")
    return labels.astype(np.min_scalar_type(int(labels.max())))
