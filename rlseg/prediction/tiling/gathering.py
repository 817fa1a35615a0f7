"""The superpixels of a large image and the sums over them, gathered from its tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels, Pixels, give_back_freed_memory
from rlseg.data import Preparation
from rlseg.graph import FeatureSums, ProposalCounts, sums_over_cracks
from rlseg.prediction.tiling.aside import ArrayAside, Shelf, in_memory
from rlseg.prediction.tiling.context import Context
from rlseg.prediction.tiling.judging import Relief
from rlseg.prediction.tiling.part import Part, Seam, look_at_tile, median_slope, sum_again
from rlseg.prediction.tiling.superpixels import Joining
from rlseg.prediction.tiling.tiles import Tile
from rlseg.prediction.tiling.workers import Workers
from rlseg.proposals import Proposals

Aside: TypeAlias = Callable[[Any], Callable[[], Any]]

_OF_NODES = ("area", "border", "node_sum", "node_square")
_OF_EDGES = ("edge_length", "edge_sum", "edge_same")


@dataclass(frozen=True)
class Gathered:
    """What all tiles add up to.

    Attributes:
        ids: (H, W) int32, superpixels 0..N-1.
        sums: over them and the edges between them; of a volume `edge_sum` and `edge_same` are `ArrayAside`.
        relief: brightness of the image; of a volume `ArrayAside` in half precision.
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
class _Kept:
    """Of a part how many superpixels it has, and what reads its tables."""

    count: int
    sums: Callable[[], FeatureSums]
    seams: Callable[[], tuple[Seam | None, ...]]
    proposals: list[Callable[[], ProposalCounts]] | None


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
    relief, aside = _relief_of(raw.shape[1:], preparation.volume), Shelf().put if preparation.volume else in_memory
    parts, firsts, slopes = [], [], []
    jobs = ((raw[:, *tile.crop], tile, preparation, context.around(tile)) for tile in tiles)
    for tile, seen in zip(tiles, workers.map(look_at_tile, jobs), strict=True):
        firsts.append(joining.take(tile, seen.labels))
        slopes.append((seen.slopes, seen.slope))
        parts.append(_kept(seen.part, tile, relief, aside))
        del seen
        if preparation.volume:
            give_back_freed_memory()
    slope = median_slope(np.concatenate([of_tile for of_tile, _ in slopes]))
    applies = preparation.blur_correction.applies
    wrong = [k for k, (_, assumed) in enumerate(slopes) if applies(assumed) != applies(slope)]
    others = (
        (raw[:, *tiles[k].crop], joining.ids[tiles[k].core], slope, tiles[k], preparation, context) for k in wrong
    )
    for k, part in zip(wrong, workers.map(sum_again, others), strict=True):
        parts[k] = _kept(part, tiles[k], relief, aside)
    give_back_freed_memory()
    lookup = joining.join()
    numbers = [lookup[first : first + kept.count] for first, kept in zip(firsts, parts, strict=True)]
    proposed = [part.proposals for part in parts]
    sums = _added(parts, numbers, tiles, joining.ids, preparation.spacing(context.size), aside)
    proposals = None
    if preparation.proposals is not None:
        open_, won = (_renamed(proposed, numbers, k) for k in (1, 0))
        proposals = ProposalCounts.added(open_).by_majority(sums.area, sums.edge_index, won)
    return Gathered(joining.ids, sums, relief, proposals, slope, len(wrong))


def _relief_of(shape: tuple[int, ...], volume: bool) -> Relief:
    if volume:
        found = [ArrayAside(shape, np.float16) for _ in range(3)]
        return Relief(*cast("list[Pixels]", found))
    return Relief(*(np.empty(shape, np.float32) for _ in range(3)))


def _kept(part: Part, tile: Tile, relief: Relief, aside: Aside) -> _Kept:
    """A part without its relief, which goes where it belongs."""
    for whole, values in zip(relief.maps, part.relief.maps, strict=True):
        whole[tile.core] = values
    proposals = None if part.proposals is None else [aside(counts) for counts in part.proposals]
    return _Kept(len(part.sums.area), aside(part.sums), aside(part.seams), proposals)


def _renamed(
    proposed: Sequence[list[Callable[[], ProposalCounts]] | None], numbers: Sequence[Labels], which: int
) -> Iterator[ProposalCounts]:
    """Counts of all parts in the numbers of the whole image."""
    for counts, of_tile in zip(proposed, numbers, strict=True):
        if counts is not None:
            yield counts[which]().renamed(of_tile)


def _added(
    parts: list[_Kept],
    numbers: Sequence[Labels],
    tiles: Sequence[Tile],
    ids: Labels,
    spacing: tuple[float, ...],
    aside: Aside,
) -> FeatureSums:
    """parts: are taken away; numbers: ids of the superpixels of each."""
    count = int(ids.max()) + 1
    one = parts[0].sums()
    maps, groups = one.maps, one.groups
    nodes = {name: np.zeros((count, *getattr(one, name).shape[1:])) for name in _OF_NODES}
    widths = {name: getattr(one, name).shape[1:] for name in _OF_EDGES}
    del one
    keys: list[Ints] = []
    edges: list[dict[str, Callable[[], Floats]]] = []
    parts.reverse()
    for of_tile, tile in zip(numbers, tiles, strict=True):
        part = parts.pop()
        sums = part.sums()
        for name, total in nodes.items():
            np.add.at(total, of_tile, getattr(sums, name))
        within = _Edges(of_tile[sums.edge_index].astype(np.int64), *(getattr(sums, name) for name in _OF_EDGES))
        for some in (within, *_seams_of(part.seams(), tile, ids, spacing, maps, groups)):
            u, v = np.sort(some.edge_index, axis=0)
            # what two tiles have joined may have been two in another one
            keys.append(np.where(u != v, u * count + v, -1))
            edges.append({name: aside(getattr(some, name)) for name in _OF_EDGES})
        del sums, within, some
    found, edge = np.unique(np.concatenate(keys), return_inverse=True)
    if len(found) and found[0] < 0:
        found, edge = found[1:], edge - 1
    totals = {}
    for name, width in widths.items():
        total = _total(edges, name, edge, (len(found), *width))
        totals[name] = total if not width or aside is in_memory else cast("Floats", ArrayAside.of(total))
        del total
    edge_index = np.stack([found // count, found % count])
    return FeatureSums(maps=maps, groups=groups, edge_index=edge_index, **nodes, **totals)


def _total(edges: Sequence[dict[str, Callable[[], Floats]]], name: str, edge: Ints, shape: tuple[int, ...]) -> Floats:
    """What a table of the edges of all parts adds up to; they are let go of one by one."""
    total, first = np.zeros(shape), 0
    for tables in edges:
        values = tables.pop(name)()
        mine = edge[first : first + len(values)]
        first += len(values)
        counted = mine >= 0
        np.add.at(total, mine[counted], values[counted])
    return total


def _seams_of(
    seams: tuple[Seam | None, ...],
    tile: Tile,
    ids: Labels,
    spacing: tuple[float, ...],
    maps: tuple[str, ...],
    groups: tuple[str, ...],
) -> Iterator[_Edges]:
    for axis, seam in enumerate(seams):
        if seam is not None:
            end = slice(tile.core[axis].stop - 1, tile.core[axis].stop + 1)
            sides = np.moveaxis(ids[*tile.core[:axis], end, *tile.core[axis + 1 :]], axis, 0)
            face = float(np.prod(spacing) / spacing[axis])
            yield _across(seam, sides.reshape(2, -1), face, maps, groups)


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
