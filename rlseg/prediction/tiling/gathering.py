"""The superpixels of a large image and the sums over them, gathered from its tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels
from rlseg.data import Preparation
from rlseg.graph import FeatureSums, ProposalCounts, sums_over_cracks
from rlseg.prediction.tiling.context import Context
from rlseg.prediction.tiling.judging import Relief
from rlseg.prediction.tiling.part import Part, Seam, look_at_tile, median_slope, sum_again
from rlseg.prediction.tiling.superpixels import Joining
from rlseg.prediction.tiling.tiles import Tile
from rlseg.prediction.tiling.workers import Workers
from rlseg.proposals import Proposals

_OF_NODES = ("area", "border", "node_sum", "node_square")
_OF_EDGES = ("edge_length", "edge_sum", "edge_same")


@dataclass(frozen=True)
class Gathered:
    """What all tiles add up to.

    Attributes:
        ids: (H, W) int32, superpixels 0..N-1.
        sums: over them and the edges between them.
        relief: brightness of the image.
        proposals: as its superpixels see them, or None.
        slope: median slope of the outlines, infinite without any.
        again: how many tiles were looked at a second time.
    """

    ids: Labels
    sums: FeatureSums
    relief: Relief
    proposals: Proposals | None
    slope: float
    again: int


@dataclass(frozen=True)
class _Edges:
    """Sums over cracks, in the ids of the whole image; no edge occurs twice, but its ends may be one."""

    edge_index: Ints
    edge_length: Floats
    edge_sum: Floats
    edge_same: Floats


def gather(
    raw: npt.NDArray[np.float32], tiles: Sequence[Tile], preparation: Preparation, context: Context, workers: Workers
) -> Gathered:
    """Look at an image tile by tile.

    Each tile is looked at once, and again if the outlines of the whole image say otherwise of blur than its own.

    Args:
        raw: (C, H, W) or (C, Z, H, W).
        tiles: its tiles, in reading order.
        preparation, context: how it is looked at.
        workers: do it.
    """
    joining = Joining(raw.shape[1:])
    relief = Relief(*(np.empty(raw.shape[1:], np.float16 if preparation.volume else np.float32) for _ in range(3)))
    parts, firsts, slopes = [], [], []
    jobs = ((raw[:, *tile.crop], tile, preparation, context.around(tile)) for tile in tiles)
    for tile, seen in zip(tiles, workers.map(look_at_tile, jobs), strict=True):
        firsts.append(joining.take(tile, seen.labels))
        slopes.append((seen.slopes, seen.slope))
        parts.append(_kept(seen.part, tile, relief))
    slope = median_slope(np.concatenate([of_tile for of_tile, _ in slopes]))
    applies = preparation.blur_correction.applies
    wrong = [k for k, (_, assumed) in enumerate(slopes) if applies(assumed) != applies(slope)]
    others = (
        (raw[:, *tiles[k].crop], joining.ids[tiles[k].core], slope, tiles[k], preparation, context) for k in wrong
    )
    for k, part in zip(wrong, workers.map(sum_again, others), strict=True):
        parts[k] = _kept(part, tiles[k], relief)
    lookup = joining.join()
    numbers = [lookup[first : first + len(part.sums.area)] for first, part in zip(firsts, parts, strict=True)]
    proposed = [
        [counts.renamed(of_tile) for counts in part.proposals]
        for part, of_tile in zip(parts, numbers, strict=True)
        if part.proposals is not None
    ]
    sums = _added(parts, numbers, tiles, joining.ids, preparation.spacing(context.size))
    proposals = None
    if proposed:
        open_ = ProposalCounts.added(counts for _, counts in proposed)
        proposals = open_.by_majority(sums.area, sums.edge_index, (won for won, _ in proposed))
    return Gathered(joining.ids, sums, relief, proposals, slope, len(wrong))


def _kept(part: Part, tile: Tile, relief: Relief) -> Part:
    """A part without its relief, which goes where it belongs."""
    for whole, values in zip(relief.maps, part.relief.maps, strict=True):
        whole[tile.core] = values
    nothing = np.empty((0, 0), np.float32)
    return replace(part, relief=Relief(nothing, nothing, nothing))


def _added(
    parts: list[Part], numbers: Sequence[Labels], tiles: Sequence[Tile], ids: Labels, spacing: tuple[float, ...]
) -> FeatureSums:
    """parts: are taken away; numbers: ids of the superpixels of each."""
    count = int(ids.max()) + 1
    maps, groups = parts[0].sums.maps, parts[0].sums.groups
    nodes = {name: np.zeros((count, *getattr(parts[0].sums, name).shape[1:])) for name in _OF_NODES}
    edges = []
    parts.reverse()
    for of_tile, tile in zip(numbers, tiles, strict=True):
        part = parts.pop()
        for name, total in nodes.items():
            np.add.at(total, of_tile, getattr(part.sums, name))
        edges.append(
            _Edges(of_tile[part.sums.edge_index].astype(np.int64), *(getattr(part.sums, name) for name in _OF_EDGES))
        )
        for axis, seam in enumerate(part.seams):
            if seam is not None:
                end = slice(tile.core[axis].stop - 1, tile.core[axis].stop + 1)
                sides = np.moveaxis(ids[*tile.core[:axis], end, *tile.core[axis + 1 :]], axis, 0)
                face = float(np.prod(spacing) / spacing[axis])
                edges.append(_across(seam, sides.reshape(2, -1), face, maps, groups))
    u, v = np.sort(np.concatenate([of_part.edge_index for of_part in edges], axis=1), axis=0)
    # what two tiles have joined may have been two in another one
    apart = u != v
    found, edge = np.unique(u[apart] * count + v[apart], return_inverse=True)
    del u, v
    totals = {name: np.zeros((len(found), *getattr(edges[0], name).shape[1:])) for name in _OF_EDGES}
    first = place = 0
    while edges:  # each is let go of when it is counted: of a large volume they are gigabytes
        of_part = edges.pop(0)
        mine = apart[first : first + len(of_part.edge_length)]
        numbers_of_part = edge[place : place + int(mine.sum())]
        for name, total in totals.items():
            np.add.at(total, numbers_of_part, getattr(of_part, name)[mine])
        first, place = first + len(mine), place + len(numbers_of_part)
    edge_index = np.stack([found // count, found % count])
    return FeatureSums(maps=maps, groups=groups, edge_index=edge_index, **nodes, **totals)


def _across(seam: Seam, ids: Labels, face: float, maps: tuple[str, ...], groups: tuple[str, ...]) -> _Edges:
    """ids: (2, L) of the pixels of a seam; face: how much each crack counts."""
    length = ids.shape[1]
    here = np.flatnonzero(ids[0] != ids[1])
    count = len(here)
    areas = np.full(count, face)
    sums = sums_over_cracks(
        here,
        here + length,
        np.arange(count),
        count,
        dict(zip(maps, seam.maps, strict=True)),
        dict(zip(groups, seam.groups, strict=True)),
        areas,
    )
    return _Edges(ids[:, here].astype(np.int64), areas, **sums)
