"""Sums over the superpixels and edges of a large image, gathered from its tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Ints, Labels
from rlseg.data import Preparation, View
from rlseg.graph import FeatureSums, ProposalCounts, cracks, sums_over_cracks, sums_over_pixels, touching
from rlseg.prediction.tiling.context import Context
from rlseg.prediction.tiling.judging import Relief
from rlseg.prediction.tiling.tiles import Tile
from rlseg.prediction.tiling.workers import Workers
from rlseg.proposals import Proposals
from rlseg.regions import numbered


@dataclass(frozen=True)
class Part:
    """What one tile adds.

    Attributes:
        numbers: (n,) ids of its superpixels in the whole image, ascending.
        sums: over its core, in its own numbers.
        relief: brightness of the core.
        proposals: counts over the core, in the numbers of the whole image; None if nobody looks in several ways.
    """

    numbers: Ints
    sums: FeatureSums
    relief: Relief
    proposals: ProposalCounts | None


@dataclass(frozen=True)
class Gathered:
    """What all tiles add up to.

    Attributes:
        sums: over the image.
        relief: its brightness.
        proposals: as its superpixels see them, or None.
    """

    sums: FeatureSums
    relief: Relief
    proposals: Proposals | None


def sum_tile(raw: npt.NDArray[np.float32], ids: Labels, tile: Tile, preparation: Preparation, context: Context) -> Part:
    """Sums over the pixels of a core, and over the cracks whose upper or left pixel lies in it.

    Args:
        raw: (C, h, w) of the crop.
        ids: (h, w) superpixels of the crop.
        tile: where it lies.
        preparation, context: how it is looked at.
    """
    rows, columns = tile.inner
    # one more row and column, for the cracks to what lies below and right
    window = np.s_[rows.start : rows.stop + 1, columns.start : columns.stop + 1]
    view = context.look(preparation, raw)
    maps, groups = preparation.maps(view)
    numbers, places = numbered(ids[window])
    local: Labels = places.astype(np.int32)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    core = local[:height, :width].astype(np.int64)
    first, second = cracks(local)
    corner = np.minimum(first, second)
    mine = (corner // local.shape[1] < height) & (corner % local.shape[1] < width)
    first, second = first[mine], second[mine]
    edge_index, edge = touching(local, first, second, len(numbers))
    edges = edge_index.shape[1]
    inner = {name: values[tile.inner] for name, values in maps.items()}
    seen = {name: values[window] for name, values in maps.items()}
    same = {name: values[window] for name, values in groups.items()}
    sums = FeatureSums(
        maps=tuple(maps),
        groups=tuple(groups),
        area=np.bincount(core.ravel(), minlength=len(numbers)).astype(np.float64),
        border=_border(core, tile, len(numbers)),
        **sums_over_pixels(core.ravel(), len(numbers), inner),
        edge_index=edge_index,
        edge_length=np.bincount(edge, minlength=edges).astype(np.float64),
        **sums_over_cracks(first, second, edge, edges, seen, same),
    )
    maps_of_core = (view.level, *view.relief())
    relief = Relief(*(values[tile.inner].astype(np.float32) for values in maps_of_core))
    return Part(numbers, sums, relief, _propose(view, ids, tile, preparation, context))


def _propose(view: View, ids: Labels, tile: Tile, preparation: Preparation, context: Context) -> ProposalCounts | None:
    """Of the core of a tile, from all that is seen. ids: (h, w) superpixels of the crop, numbers of the whole image."""
    if preparation.proposals is None:
        return None
    numbers, core = numbered(ids[tile.inner])
    found = preparation.count_proposals(view, core, context.otsu, tile.inner)
    corner = tile.crop[0].start, tile.crop[1].start
    return found.moved(numbers, corner, ids.shape[1], tile.shape[1])


def _border(core: Ints, tile: Tile, count: int) -> npt.NDArray[np.float64]:
    """(count,) pixel sides on the border of the image."""
    rows, columns = tile.core
    lines = [
        line
        for line, at_border in (
            (core[0], rows.start == 0),
            (core[-1], rows.stop == tile.shape[0]),
            (core[:, 0], columns.start == 0),
            (core[:, -1], columns.stop == tile.shape[1]),
        )
        if at_border
    ]
    return np.bincount(np.concatenate([np.empty(0, np.int64), *lines]), minlength=count).astype(np.float64)


def gather_sums(
    raw: npt.NDArray[np.float32],
    ids: Labels,
    grid: list[list[Tile]],
    preparation: Preparation,
    context: Context,
    workers: Workers,
) -> Gathered:
    """Measure a whole image. raw: (C, H, W); ids: (H, W) superpixels 0..N-1."""
    count = int(ids.max()) + 1
    tiles = [tile for row in grid for tile in row]
    jobs = ((raw[:, *tile.crop], ids[tile.crop], tile, preparation, context) for tile in tiles)
    relief = Relief(*(np.empty(ids.shape, np.float32) for _ in range(3)))
    nodes: dict[str, npt.NDArray[np.float64]] = {}
    edges: list[FeatureSums] = []
    proposed: list[ProposalCounts] = []
    for tile, part in zip(tiles, workers.map(sum_tile, jobs), strict=True):
        for whole, values in zip(relief.maps, part.relief.maps, strict=True):
            whole[tile.core] = values
        n, sums = part.numbers, part.sums
        for name in ("area", "border", "node_sum", "node_square"):
            values = getattr(sums, name)
            nodes.setdefault(name, np.zeros((count, *values.shape[1:])))[n] += values
        edges.append(replace(sums, edge_index=n[sums.edge_index]))
        if part.proposals is not None:
            proposed.append(part.proposals)
    keys = np.concatenate([part.edge_index[0] * count + part.edge_index[1] for part in edges])
    found, edge = np.unique(keys, return_inverse=True)
    edge_index = np.stack([found // count, found % count])

    def across(name: str) -> npt.NDArray[np.float64]:
        values = np.concatenate([getattr(part, name) for part in edges])
        total = np.zeros((len(found), *values.shape[1:]))
        np.add.at(total, edge, values)
        return total

    return Gathered(
        FeatureSums(
            maps=edges[0].maps,
            groups=edges[0].groups,
            area=nodes["area"],
            border=nodes["border"],
            node_sum=nodes["node_sum"],
            node_square=nodes["node_square"],
            edge_index=edge_index,
            edge_length=across("edge_length"),
            edge_sum=across("edge_sum"),
            edge_same=across("edge_same"),
        ),
        relief,
        ProposalCounts.added(proposed).by_majority(nodes["area"], edge_index) if proposed else None,
    )
