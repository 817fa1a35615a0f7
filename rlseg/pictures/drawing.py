"""Pixels for human eyes: stretched images, outlines, objects in colours unlike their neighbours'."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Value = TypeVar("Value", bound=np.generic)
Rgb = npt.NDArray[np.uint8]
"""(H, W, 3) red, green, blue, 0..255."""

PALETTE: Rgb = np.array(
    [
        [255, 89, 94],
        [84, 214, 122],
        [77, 163, 255],
        [255, 202, 58],
        [199, 125, 255],
        [46, 230, 214],
        [255, 146, 43],
        [255, 119, 200],
        [182, 227, 61],
        [160, 160, 255],
    ],
    np.uint8,
)
"""(10, 3) bright colours, told apart from each other and from gray."""


def stretch(image: npt.NDArray[np.floating]) -> Rgb:
    """An image as RGB, dark ones lifted: percentiles 0.5 and 99.8 to black and white, gamma 0.7.

    Args:
        image: (C, H, W) finite; three channels are red, green, blue, otherwise the first is shown in gray.
    """
    channels = image if len(image) == 3 else image[:1]
    low, high = np.percentile(channels, [0.5, 99.8])
    unit = np.clip((channels - low) / (high - low if high > low else 1.0), 0, 1) ** 0.7
    return np.broadcast_to(np.rint(unit * 255).astype(np.uint8), (3, *image.shape[1:])).transpose(1, 2, 0).copy()


def enlarge(image: npt.NDArray[Value], factor: int) -> npt.NDArray[Value]:
    """Repeat each pixel of an (H, W, ...) array `factor` times in both directions."""
    return image.repeat(factor, axis=0).repeat(factor, axis=1)


def cracks(labels: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of 4-neighbouring pixels with different labels.

    Args:
        labels: (H, W).

    Returns:
        Flat indices (P,), (P,) of the first (upper or left) and of the second pixel of each pair.
    """
    index = np.arange(labels.size).reshape(labels.shape)
    down, right = labels[:-1] != labels[1:], labels[:, :-1] != labels[:, 1:]
    first = np.concatenate([index[:-1][down], index[:, :-1][right]])
    return first, np.concatenate([index[1:][down], index[:, 1:][right]])


def outlines(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """The outline of each object: the pixels on both sides of its border, 2 px wide.

    Args:
        labels: (H, W), 0 = background.

    Returns:
        (H, W) of the same type: the label whose outline a pixel belongs to, 0 elsewhere. Where two objects
        touch, each keeps its own side.
    """
    flat = labels.ravel()
    result = np.zeros_like(flat)
    for inner, outer in (pair := cracks(labels), pair[::-1]):
        result[outer] = np.where(flat[outer] > 0, flat[outer], flat[inner])
    return result.reshape(labels.shape)


def object_colours(labels: npt.NDArray[np.integer], neighbours: int = 6) -> npt.NDArray[np.uint8]:
    """A colour of PALETTE for each label, different from those of the objects whose centres are nearest.

    Args:
        labels: (H, W) >= 0.
        neighbours: how many nearest objects are looked at; fewer than there are colours.

    Returns:
        (largest label + 1, 3) uint8; row 0, the background, is black.
    """
    colours = np.zeros((int(labels.max(initial=0)) + 1, 3), np.uint8)
    rows, columns = np.nonzero(labels)
    ids, inverse, area = np.unique(labels[rows, columns], return_inverse=True, return_counts=True)
    if not len(ids):
        return colours
    centres = np.stack([np.bincount(inverse, rows), np.bincount(inverse, columns)], axis=1) / area[:, None]
    from scipy.spatial import cKDTree  # takes long to import, and most predictions draw nothing

    near = cKDTree(centres).query(centres, k=min(neighbours + 1, len(ids)))[1].reshape(len(ids), -1)
    chosen = np.full(len(ids), -1)
    for i, around in enumerate(near):
        order = (i + np.arange(len(PALETTE))) % len(PALETTE)
        chosen[i] = order[np.argmin(np.isin(order, chosen[around]))]
    colours[ids] = PALETTE[chosen]
    return colours
