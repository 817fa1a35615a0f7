"""What writes label images."""

from __future__ import annotations

import math
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
        whole: whether its labels belong to the whole file, so that single planes or series have no place there.
    """

    kind: ClassVar[str]
    suffix: ClassVar[str]
    volumes: ClassVar[bool] = False
    measured: ClassVar[bool] = False
    whole: ClassVar[bool] = False

    @abstractmethod
    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """Write a label image whole or not at all.

        Args:
            path: file or folder to write; one of this format is replaced.
            labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
            pixel_size: if it is known.
            measurements: of the objects, for formats that keep them.
            image: the file that they are about, for formats that name it; None if there is none.

        Raises:
            RlsegError: it cannot be written.
            ValueError: not 2-D, or a label is negative or too large.
        """

    def place(self, target: Path, image: Path) -> Path:
        """Where the labels of an image are written.

        Args:
            target: in the folder of the results, called like the image, without suffix.
            image: its file.

        Raises:
            RlsegError: labels of this format have no place for such an image.
        """
        return target.with_name(f"{target.name}{self.suffix}")

    def check(self, path: Path) -> None:
        """Find out before any work that something there would be lost.

        Raises:
            RlsegError: so it is.
        """
        return None


def by_label(measurements: Measurements | None) -> dict[int, dict[str, float]]:
    """Label -> its measurements by name, without those that are no finite numbers, for JSON has none."""
    if measurements is None:
        return {}
    columns = {name: values.tolist() for name, values in measurements.items() if values.dtype.kind in "uif"}
    return {
        label: {name: values[row] for name, values in columns.items() if math.isfinite(values[row])}
        for row, label in enumerate(columns["label"])
    }


def smallest(labels: AnyLabels, volumes: bool = False) -> npt.NDArray[np.unsignedinteger]:
    """(H, W) labels as uint8, uint16 or uint32, whichever just holds the largest.

    Args:
        labels: of an image.
        volumes: whether they may be (Z, H, W) as well.

    Raises:
        ValueError: not 2-D, nor 3-D where that may be, or a label is negative or above 2**32 - 1.
    """
    if labels.ndim not in ((2, 3) if volumes else (2,)) or labels.size == 0:
        wanted = "(H, W) or (Z, H, W)" if volumes else "(H, W)"
        raise ValueError(f"labels must be {wanted} with at least one pixel, got shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= 2**32:
        raise ValueError(f"labels must be in [0, 2**32), got {labels.min()} to {labels.max()}")
    return labels.astype(np.min_scalar_type(int(labels.max())))
