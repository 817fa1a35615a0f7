"""One tile of a large image: looked at once, its superpixels found, and all that features need of it summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, Ints, Labels, Map
from rlseg.data import Preparation, View
from rlseg.data.superpixels import outline_slopes
from rlseg.graph import (
    FeatureSums,
    ProposalCounts,
    cracks,
    face_areas,
    sums_over_cracks,
    sums_over_pixels,
    touching,
)
from rlseg.prediction.tiling.context import Context
from rlseg.prediction.tiling.judging import Relief
from rlseg.prediction.tiling.tiles import Tile
from rlseg.regions import numbered


@dataclass(frozen=True)
class Seam:
    """The last pixels of a core along an axis, and the first ones beyond it.

    Attributes:
        maps: (M, 2, L), groups: (G, 2, L) what the features are taken from.
    """

    maps: Floats
    groups: Labels


@dataclass(frozen=True)
class Part:
    """What one tile adds.

    Attributes:
        sums: over the n superpixels of its core, in numbers of its own, and over the cracks within it.
        relief: brightness of the core.
        proposals: counts over the core, of its superpixels in its own numbers and segments in those of the whole image,
            those that no other tile adds to first, see `ProposalCounts.split`; None if nobody looks in several ways.
        seams: to the next tile along each axis: below and to the right; None at the border of the image.
    """

    sums: FeatureSums
    relief: Relief
    proposals: tuple[ProposalCounts, ProposalCounts] | None
    seams: tuple[Seam | None, ...]


@dataclass(frozen=True)
class Seen:
    """What one tile found.

    Attributes:
        labels: superpixels of its crop, ids from 0.
        slopes: of the outlines of those bright pieces whose middle lies in its core.
        slope: their median, by which blur was corrected; infinite without any.
        part: what it adds.
    """

    labels: Labels
    slopes: Floats
    slope: float
    part: Part


def median_slope(slopes: Floats) -> float:
    """See `outline_slope`; infinite if there are none."""
    return float(np.median(slopes)) if len(slopes) else np.inf


def look_at_tile(raw: npt.NDArray[np.float32], tile: Tile, preparation: Preparation, context: Context) -> Seen:
    """Over-segment the crop (C, h, w) of a tile, and sum, with its blur corrected as its own outlines ask for.

    Of a volume (C, z, h, w), whose blur is not corrected.
    """
    view = context.look(preparation, raw)
    slopes = np.empty(0) if preparation.volume else _slopes(view, tile)
    labels, slope = preparation.cut(view), median_slope(slopes)
    core = numbered(labels[tile.inner])[1]
    return Seen(labels, slopes, slope, _sum(preparation.correct(view, slope), core, tile, preparation, context))


def _slopes(view: View, tile: Tile) -> Floats:
    """Of the outlines of what has its middle in the core of a tile."""
    slopes, boxes = outline_slopes(view.brightness.level)
    rows, columns = view.scales[0].zoom.window(tile.inner)
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2
    mine = (middle >= (rows.start, columns.start)).all(axis=1) & (middle < (rows.stop, columns.stop)).all(axis=1)
    return slopes[mine]


def sum_again(
    raw: npt.NDArray[np.float32], ids: Labels, slope: float, tile: Tile, preparation: Preparation, context: Context
) -> Part:
    """What a tile adds if its blur is corrected as the whole image asks for.

    Args:
        raw: (C, h, w) of the crop.
        ids: superpixels of the core, any numbers in the order of its own.
        slope: median of the slopes of all outlines.
        tile: where it lies.
        preparation, context: how it is looked at.
    """
    view = preparation.correct(context.look(preparation, raw), slope)
    return _sum(view, numbered(ids)[1], tile, preparation, context)


def _sum(view: View, core: Ints, tile: Tile, preparation: Preparation, context: Context) -> Part:
    """core: superpixels 0..n-1 of the core."""
    # with the first pixels beyond the core where another tile follows
    wide = tuple(slice(part.start, part.stop + (not last)) for part, last in zip(tile.inner, tile.last, strict=True))
    maps, groups = preparation.maps(view.within(wide))
    count, mine = int(core.max()) + 1, tuple(slice(0, length) for length in core.shape)
    inner = {name: values[mine] for name, values in maps.items()}
    same = {name: values[mine] for name, values in groups.items()}
    local, spacing = core.astype(np.int32), preparation.spacing(context.size)
    first, second = cracks(local)
    edge_index, edge = touching(local, first, second, count)
    edges = edge_index.shape[1]
    areas = face_areas(first, second, local.shape, spacing) if preparation.volume else None
    sums = FeatureSums(
        maps=tuple(maps),
        groups=tuple(groups),
        area=np.bincount(core.ravel(), minlength=count).astype(np.float64),
        border=_border(core, tile, count, spacing),
        **sums_over_pixels(core.ravel(), count, inner),
        edge_index=edge_index,
        edge_length=np.bincount(edge, areas, minlength=edges).astype(np.float64),
        **sums_over_cracks(first, second, edge, edges, inner, same, areas),
    )
    seams = tuple(None if last else _seam(mine, axis, maps, groups) for axis, last in enumerate(tile.last))
    # of a volume they are as much as all that follows
    del maps, groups, inner, same, local, first, second, edge_index, edge, areas
    view = view.within(tile.inner)
    relief = Relief(*(values.astype(np.float32) for values in (view.level, *view.relief())))
    proposals = None
    if preparation.proposals is not None:
        found = preparation.count_proposals(view, core, context.otsu)
        moved = found.moved(tuple(part.start for part in tile.crop), view.objects.shape, tile.shape)
        proposals = moved.split(_inner(core, tile, count))
    return Part(sums, relief, proposals, seams)


def _inner(core: Ints, tile: Tile, count: int) -> Bools:
    """(count,) which superpixels of a core do not lie beside another one."""
    inner = np.ones(count, np.bool_)
    for axis, (part, length) in enumerate(zip(tile.core, tile.shape, strict=True)):
        for beside, line in ((part.start > 0, 0), (part.stop < length, -1)):
            if beside:
                inner[core.take(line, axis)] = False
    return inner


def _seam(inner: tuple[slice, ...], axis: int, maps: Mapping[str, Map], groups: Mapping[str, Labels]) -> Seam:
    """Of maps of the core of a tile, which lies in `inner`, and of the first pixels beyond it."""
    end = slice(inner[axis].stop - 1, inner[axis].stop + 1)
    place = (*inner[:axis], end, *inner[axis + 1 :])
    lines = [[np.moveaxis(of[place], axis, 0).reshape(2, -1) for of in some.values()] for some in (maps, groups)]
    return Seam(np.array(lines[0], np.float64), np.array(lines[1], np.int32))


def _border(core: Ints, tile: Tile, count: int, spacing: tuple[float, ...]) -> Floats:
    """(count,) pixel sides on the border of the image; of a volume the area of faces."""
    total = np.zeros(count)
    for axis, (part, length) in enumerate(zip(tile.core, tile.shape, strict=True)):
        for at_border, line in ((part.start == 0, 0), (part.stop == length, -1)):
            if at_border:
                face = np.prod(spacing) / spacing[axis]
                total += face * np.bincount(core.take(line, axis).ravel(), minlength=count)
    return total
