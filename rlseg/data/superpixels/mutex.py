"""Superpixels by the mutex watershed of colour differences."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rlseg.arrays import ndimage
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness
from rlseg.data.superpixels.fragments import merge_fragments

ATTRACTIVE = ((1, 0), (0, 1))
DIRECTIONS = (*ATTRACTIVE, (1, 1), (1, -1))  # of the repulsive pairs


class MutexWatershed(Superpixels):
    """Touching pixels attract each other by how similar, distant ones repel by how different their colours are.

    S. Wolf et al., The mutex watershed and its objective (arXiv:1904.12654): all pairs in order of their strength; an
    attractive one joins two clusters unless a repulsive one came before that keeps them apart. There are no seeds, and
    texture whose colours stay close does not break a superpixel.

    Attributes:
        sigma: Gaussian of the square-rooted image, pixels. Too much smoothing is the most common loss of accuracy.
        reach: pixels between the two of a repulsive pair, along rows, columns and diagonals.
        tolerance: colours as different as this many times the 75th percentile of the image's repulsive pairs repel with
            the strength with which equal colours attract; larger gives fewer superpixels.
        min_size: superpixels with fewer pixels join the most similar neighbour.
    """

    kind: Literal["mutex_watershed"] = "mutex_watershed"
    sigma: float = Field(default=0.5, ge=0)
    reach: int = Field(default=5, ge=2)
    tolerance: float = Field(default=1.2, gt=0)
    min_size: int = Field(default=40, ge=1)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness | None = None) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1. The brightness is not needed."""
        root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
        smooth = ndimage.gaussian_filter(root, (0, self.sigma, self.sigma))
        far = [(self.reach * r, self.reach * c) for r, c in DIRECTIONS]
        # pairs that leave the image stay 0; they are never looked at
        strength = np.zeros((len(ATTRACTIVE) + len(far), *image.shape[1:]), np.float32)
        repulsion = []
        for k, offset in enumerate(far, start=len(ATTRACTIVE)):
            place, difference = _differences(smooth, *offset)
            strength[k][place] = difference
            repulsion.append(difference.ravel())
        values = np.concatenate(repulsion)
        if not values.any():
            return np.zeros(image.shape[1:], np.int32)
        # the mean where at least three quarters of the image have one colour
        unit = self.tolerance * float(np.percentile(values, 75) or values.mean())
        strength[len(ATTRACTIVE) :] /= unit
        for k, offset in enumerate(ATTRACTIVE):
            place, difference = _differences(smooth, *offset)
            strength[k][place] = 1 - difference / unit
        import bioimage_cpp as bic  # only for these superpixels

        ids = bic.segmentation.mutex_watershed(strength, (*ATTRACTIVE, *far), len(ATTRACTIVE))
        return merge_fragments((ids.astype(np.int64) - 1).astype(np.int32), root, self.min_size)


def _differences(
    image: npt.NDArray[np.float64], down: int, right: int
) -> tuple[tuple[slice, slice], npt.NDArray[np.float64]]:
    """Where the first pixels of all pairs (down >= 0, right) apart are, and how far apart the colours of the two."""
    height, width = image.shape[1:]
    rows, later_rows = slice(0, max(height - down, 0)), slice(down, None)
    columns, later_columns = slice(0, max(width - abs(right), 0)), slice(abs(right), None)
    if right < 0:
        columns, later_columns = later_columns, columns
    difference = image[:, rows, columns] - image[:, later_rows, later_columns]
    return (rows, columns), np.sqrt(np.square(difference).sum(axis=0))
