"""Superpixels of a large image: found tile by tile, and joined where two tiles saw the same one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Ints, Labels, Pixels
from rlseg.data import Limits, Preparation
from rlseg.data.superpixels import outline_slopes
from rlseg.graph import joined
from rlseg.io import PixelSize
from rlseg.prediction.tiling.context import on_grid
from rlseg.prediction.tiling.tiles import Tile
from rlseg.prediction.tiling.workers import Workers
from rlseg.regions import numbered


@dataclass(frozen=True)
class Seen:
    """What one tile found.

    Attributes:
        labels: superpixels of its crop, ids from 0.
        slopes: of the outlines of those bright pieces whose middle lies in its core.
    """

    labels: Labels
    slopes: Floats


@dataclass(frozen=True)
class Known:
    """What is known of the whole image before its superpixels are.

    Attributes:
        limits, noise: of its intensities, and on each working grid.
        size: of its pixels, as the file says it.
    """

    limits: Limits
    noise: tuple[float, ...]
    size: PixelSize | None = None


def look_at_tile(raw: Pixels, tile: Tile, preparation: Preparation, known: Known) -> Seen:
    """Over-segment a crop (C, h, w)."""
    view = preparation.look(raw, known.limits, known.noise, known.size)
    slopes, boxes = outline_slopes(view.brightness.level)
    rows, columns = (on_grid(part, view.scales[0].zoom) for part in tile.inner)
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2
    mine = (middle >= (rows.start, columns.start)).all(axis=1) & (middle < (rows.stop, columns.stop)).all(axis=1)
    return Seen(preparation.cut(view), slopes[mine])


def find_superpixels(
    raw: Pixels, grid: list[list[Tile]], preparation: Preparation, known: Known, workers: Workers
) -> tuple[Labels, float]:
    """Superpixels of a whole image.

    Args:
        raw: (C, H, W).
        grid: its tiles.
        preparation, known: how it is looked at.
        workers: do it.

    Returns:
        (H, W) int32, ids 0..N-1; and the median slope of the outlines (infinite without any).
    """
    ids = np.empty(raw.shape[1:], np.int32)
    pairs: list[Ints] = []
    slopes: list[Floats] = []
    count = 0
    above: dict[int, tuple[Tile, Labels, Ints]] = {}
    for row, number, tile, seen in _each(raw, grid, preparation, known, workers):
        slopes.append(seen.slopes)
        mine, inside = numbered(seen.labels[tile.inner])
        ids[tile.core] = count + inside
        numbers = np.full(int(seen.labels.max()) + 1, -1, np.int64)
        numbers[mine] = count + np.arange(len(mine))
        count += len(mine)
        here = (tile, seen.labels, numbers)
        if number > 0:
            pairs.append(same_superpixels(above[number - 1], here))
        if row > 0:
            pairs.append(same_superpixels(above[number], here))
        above[number] = here
    first, second = np.concatenate([np.empty((0, 2), np.int64), *pairs]).T
    lookup = joined(first, second, count).astype(np.int32)
    for tile in (tile for row_of_tiles in grid for tile in row_of_tiles):
        ids[tile.core] = lookup[ids[tile.core]]
    every = np.concatenate(slopes)
    return ids, float(np.median(every)) if len(every) else np.inf


def _each(
    raw: Pixels, grid: list[list[Tile]], preparation: Preparation, known: Known, workers: Workers
) -> Iterator[tuple[int, int, Tile, Seen]]:
    places = [(row, number, tile) for row, tiles in enumerate(grid) for number, tile in enumerate(tiles)]
    jobs = ((raw[:, *tile.crop], tile, preparation, known) for _, _, tile in places)
    for (row, number, tile), seen in zip(places, workers.map(look_at_tile, jobs), strict=True):
        yield row, number, tile, seen


def same_superpixels(one: tuple[Tile, Labels, Ints], other: tuple[Tile, Labels, Ints]) -> Ints:
    """Numbers of the superpixels that two neighbouring tiles agree on: more than half of what either covers is shared.

    Args:
        one, other: a tile, the labels of its crop, and the number of each label in the whole image (-1: it has no pixel
            in the core).

    Returns:
        (P, 2); no number occurs twice in a column: in the strip that both tiles see, the two have an IoU above 1/2.
    """
    window = one[0].overlap(other[0])
    a, b = (tile_labels[tile.see(window)].ravel().astype(np.int64) for tile, tile_labels, _ in (one, other))
    width = int(b.max()) + 1
    keys, shared = np.unique(a * width + b, return_counts=True)
    u, v = keys // width, keys % width
    union = np.bincount(a)[u] + np.bincount(b)[v] - shared
    found = np.stack([one[2][u], other[2][v]], axis=1)
    return found[(2 * shared > union) & (found >= 0).all(axis=1)]
