"""A volume as one flat picture: three sections through its middle, and its brightest voxels as seen from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True)
class Sections:
    """Which voxel each pixel of the picture shows.

    Attributes:
        index: (h, w) flat indices of voxels (Z, H, W).
    """

    index: npt.NDArray[np.int64]

    def of(self, volume: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """(..., h, w) of a (..., Z, H, W) map of the volume."""
        shape = (*volume.shape[:-3], *self.index.shape)
        return volume.reshape(*volume.shape[:-3], -1)[..., self.index.ravel()].reshape(shape)


def cut_sections(image: npt.NDArray[np.floating], plane_distance: float) -> Sections:
    """The picture of a volume.

    Above, the middle plane and, to its right, the brightest voxel at each row and column; below, the sections along the
    middle row and along the middle column, with the planes from top to bottom, each as often as they are apart. What is
    labelled there is the label of the voxel that is shown. What is left free shows the darkest voxel.

    Args:
        image: (C, Z, H, W); the first channel says which voxels are bright.
        plane_distance: of planes, in sides of a pixel.
    """
    bright = image[0]
    depth, height, width = bright.shape
    plane = np.arange(height * width).reshape(height, width)
    tall = np.minimum((np.arange(max(round(depth * plane_distance), 1)) / plane_distance).astype(np.int64), depth - 1)
    brightest = bright.argmax(axis=0) * plane.size + plane
    found = np.full((height + len(tall), width + max(width, height)), int(bright.argmin()))
    found[:height, :width], found[:height, width : 2 * width] = depth // 2 * plane.size + plane, brightest
    found[height:, :width] = tall[:, None] * plane.size + plane[height // 2]
    found[height:, width : width + height] = tall[:, None] * plane.size + plane[:, width // 2]
    return Sections(found)
