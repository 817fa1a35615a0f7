"""Superpixels by the mutex watershed of colour differences."""

from __future__ import annotations

from itertools import combinations
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from rlseg.arrays import ndimage
from rlseg.data.superpixels.base import Superpixels
from rlseg.data.superpixels.brightness import Brightness, least_size
from rlseg.data.superpixels.fragments import merge_fragments


class MutexWatershed(Superpixels):
    """Touching pixels attract each other by how similar, distant ones repel by how different their colours are.

    S. Wolf et al., The mutex watershed and its objective (arXiv:1904.12654): all pairs in order of their strength; an
    attractive one joins two clusters unless a repulsive one came before that keeps them apart. There are no seeds, and
    texture whose colours stay close does not break a superpixel.

    Attributes:
        sigma: Gaussian of the square-rooted image, pixels. Too much smoothing is the most common loss of accuracy.
        reach: px between the two of a repulsive pair, along rows, columns and diagonals; in a volume along its three
            axes and the diagonals between two of them, in whole voxels.
        tolerance: colours as different as this many times the 75th percentile of the image's repulsive pairs repel with
            the strength with which equal colours attract; larger gives fewer superpixels.
        min_size: superpixels with fewer pixels join the most similar neighbour; in a volume, with fewer than are in a
            cube on the side of a square of so many pixels.
    """

    VOLUMES: ClassVar[bool] = True

    kind: Literal["mutex_watershed"] = "mutex_watershed"
    sigma: float = Field(default=0.5, ge=0)
    reach: int = Field(default=5, ge=2)
    tolerance: float = Field(default=1.2, gt=0)
    min_size: int = Field(default=40, ge=1)

    def __call__(self, image: npt.NDArray[np.float32], brightness: Brightness | None = None) -> npt.NDArray[np.int32]:
        """Superpixels of a (C, H, W) image in [0, 1]: (H, W) int32, ids 0..N-1.

        Of a volume (C, Z, H, W), whose brightness says how far its planes are apart; else it is not needed.
        """
        spacing = (1.0,) * (image.ndim - 1) if brightness is None else brightness.spacing
        root = np.sqrt(np.clip(image, 0, None)).astype(np.float64)
        smooth = ndimage.gaussian_filter(root, (0, *(self.sigma / side for side in spacing)))
        near, far = _pairs(self.reach, spacing)
        # pairs that leave the image stay 0; they are never looked at
        strength = np.zeros((len(near) + len(far), *image.shape[1:]), np.float32)
        repulsion = []
        for k, offset in enumerate(far, start=len(near)):
            place, difference = _differences(smooth, offset)
            strength[k][place] = difference
            repulsion.append(difference.ravel())
        values = np.concatenate(repulsion)
        if not values.any():
            return np.zeros(image.shape[1:], np.int32)
        # the mean where at least three quarters of the image have one colour
        unit = self.tolerance * float(np.percentile(values, 75) or values.mean())
        strength[len(near) :] /= unit
        for k, offset in enumerate(near):
            place, difference = _differences(smooth, offset)
            strength[k][place] = 1 - difference / unit
        import bioimage_cpp as bic  # only for these superpixels

        ids = bic.segmentation.mutex_watershed(strength, (*near, *far), len(near))
        return merge_fragments((ids.astype(np.int64) - 1).astype(np.int32), root, least_size(self.min_size, spacing))


def _pairs(reach: int, spacing: tuple[float, ...]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """How far apart the pixels of attractive and of repulsive pairs are, along each axis."""
    axes = len(spacing)
    near = [tuple(int(axis == k) for axis in range(axes)) for k in range(axes)]
    # of planes that are farther apart than that the next one
    steps = [max(round(reach / side), 1) for side in spacing]
    far = [tuple(step * one for step, one in zip(steps, offset, strict=True)) for offset in near]
    for i, j in combinations(range(axes), 2):
        for sign in (1, -1):
            far.append(tuple(far[i][k] + sign * far[j][k] for k in range(axes)))
    return near, far


def _differences(
    image: npt.NDArray[np.float64], offset: tuple[int, ...]
) -> tuple[tuple[slice, ...], npt.NDArray[np.float64]]:
    """Where the first pixels of all pairs with this offset are, and how far apart the colours of the two."""
    here, there = [], []
    for length, step in zip(image.shape[1:], offset, strict=True):
        before, after = slice(0, max(length - abs(step), 0)), slice(abs(step), None)
        here.append(after if step < 0 else before)
        there.append(before if step < 0 else after)
    difference = image[:, *here] - image[:, *there]
    return tuple(here), np.sqrt(np.square(difference).sum(axis=0))
