"""Surface areas in a volume, from how often lines in 13 directions cross them."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from rlseg.arrays import Floats, Ints, np
from rlseg.regions import RegionStatistics

if TYPE_CHECKING:
    import numpy.typing as npt

# half of the 26 neighbours of a voxel: the others lie opposite
DIRECTIONS = tuple(step for step in product((0, 1), (-1, 0, 1), (-1, 0, 1)) if step > (0, 0, 0))
# places on a sphere by which its parts are measured
_POINTS = 20_000

Table = tuple[Ints, Floats, Floats]


@lru_cache(16)
def crossing_areas(spacing: tuple[float, float, float]) -> tuple[float, ...]:
    """How much surface in px^2 one crossing stands for, of lines through the centres of all voxels in each direction.

    By Crofton's formula the area of a surface is twice the mean over all directions of the area that lines in this
    direction cross it per line, and V / l is the area per line, for voxels of V px^3 whose centres are l px apart on
    the line. A direction stands for the share of the sphere that is nearer to it than to the 12 others (D. Legland, K.
    Kiêu and M.-F. Devaux, Computation of Minkowski measures on 2D and 3D binary images, 2007).

    Args:
        spacing: sides of a voxel in px.
    """
    steps: Floats = np.array(DIRECTIONS) * spacing
    length = np.sqrt((steps**2).sum(axis=1))
    # evenly spread: along a spiral, by the golden angle
    height = 1 - (2 * np.arange(_POINTS) + 1) / _POINTS
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(_POINTS)
    around = np.sqrt(1 - height**2)
    points = np.stack([height, around * np.cos(turn), around * np.sin(turn)], axis=1)
    nearest = np.abs(points @ (steps / length[:, None]).T).argmax(axis=1)
    shares = np.bincount(nearest, minlength=len(steps)) / _POINTS
    return tuple((2 * shares * np.prod(spacing) / length).tolist())


def contact_table(regions: RegionStatistics) -> Table:
    """How much surface lies between superpixels of a volume that are neighbours by faces, edges or corners.

    Args:
        regions: of a volume; keeps the table.

    Returns:
        (2, Q) int64 pairs of superpixels, (Q,) px^2 between the two, and (N,) px^2 on the border of the volume. What is
        outside of a segment adds up to its surface, for nothing depends on the other superpixels.
    """
    kept = regions.of_image
    if "contacts" not in kept:
        kept["contacts"] = _contacts(regions.superpixels, regions.area, regions.spacing)
    table: Table = kept["contacts"]
    return table


def _contacts(ids: npt.NDArray[np.int32], area: Floats, spacing: tuple[float, ...]) -> Table:
    count = len(area)
    border = np.zeros(count)
    keys: list[Ints] = []
    weights: list[Floats] = []
    for step, weight in zip(DIRECTIONS, crossing_areas((spacing[0], spacing[1], spacing[2])), strict=True):
        here = ids[tuple(slice(max(-k, 0), n - max(k, 0)) for k, n in zip(step, ids.shape, strict=True))]
        there = ids[tuple(slice(max(k, 0), n + min(k, 0)) for k, n in zip(step, ids.shape, strict=True))]
        apart = here != there
        inner, outer = here[apart].astype(np.int64), there[apart].astype(np.int64)
        pairs, crossings = np.unique(np.minimum(inner, outer) * count + np.maximum(inner, outer), return_counts=True)
        keys.append(pairs)
        weights.append((crossings * weight).astype(np.float64))
        seen = np.bincount(here.ravel(), minlength=count) + np.bincount(there.ravel(), minlength=count)
        border += weight * (2 * area - seen)
    pairs, place = np.unique(np.concatenate(keys), return_inverse=True)
    between: Floats = np.bincount(place, np.concatenate(weights), len(pairs)).astype(np.float64)
    return np.stack([pairs // count, pairs % count]), between, border
