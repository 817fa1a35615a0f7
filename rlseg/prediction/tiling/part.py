"""One tile of a large image: looked at once, its superpixels found, and all that features need of it summed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels, Map
from rlseg.data import Preparation, View
from rlseg.data.superpixels import outline_slopes
from rlseg.graph import FeatureSums, ProposalCounts, cracks, sums_over_cracks, sums_over_pixels, touching
from rlseg.prediction.tiling.context import Context, on_grid
from rlseg.prediction.tiling.judging import Relief
from rlseg.prediction.tiling.tiles import Tile
from rlseg.regions import numbered


@dataclass(frozen=True)
class Seam:
    """The last line of pixels of a core, and the first one beyond it.

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
        proposals: counts over the core, of its superpixels in its own numbers and segments in those of the whole image;
            None if nobody looks in several ways.
        below, right: the seams to the neighbours, None at the border of the image.
    """

    sums: FeatureSums
    relief: Relief
    proposals: ProposalCounts | None
    below: Seam | None
    right: Seam | None


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
    """Over-segment the crop (C, h, w) of a tile, and sum, with its blur corrected as its own outlines ask for."""
    view = context.look(preparation, raw)
    slopes, boxes = outline_slopes(view.brightness.level)
    rows, columns = (on_grid(part, view.scales[0].zoom) for part in tile.inner)
    middle = (boxes[:, :2] + boxes[:, 2:]) // 2
    mine = (middle >= (rows.start, columns.start)).all(axis=1) & (middle < (rows.stop, columns.stop)).all(axis=1)
    labels, slope = preparation.cut(view), median_slope(slopes[mine])
    core = numbered(labels[tile.inner])[1]
    return Seen(labels, slopes[mine], slope, _sum(preparation.correct(view, slope), core, tile, preparation, context))


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
    maps, groups = preparation.maps(view)
    count = int(core.max()) + 1
    inner = {name: values[tile.inner] for name, values in maps.items()}
    same = {name: values[tile.inner] for name, values in groups.items()}
    local = core.astype(np.int32)
    first, second = cracks(local)
    edge_index, edge = touching(local, first, second, count)
    edges = edge_index.shape[1]
    sums = FeatureSums(
        maps=tuple(maps),
        groups=tuple(groups),
        area=np.bincount(core.ravel(), minlength=count).astype(np.float64),
        border=_border(core, tile, count),
        **sums_over_pixels(core.ravel(), count, inner),
        edge_index=edge_index,
        edge_length=np.bincount(edge, minlength=edges).astype(np.float64),
        **sums_over_cracks(first, second, edge, edges, inner, same),
    )
    relief = Relief(*(values[tile.inner].astype(np.float32) for values in (view.level, *view.relief())))
    proposals = None
    if preparation.proposals is not None:
        found = preparation.count_proposals(view, core, context.otsu, tile.inner)
        proposals = found.moved((tile.crop[0].start, tile.crop[1].start), view.shape[1], tile.shape[1])
    rows, columns = (slice(part.stop - 1, part.stop + 1) for part in tile.inner)
    last = [part.stop == length for part, length in zip(tile.core, tile.shape, strict=True)]
    return Part(
        sums,
        relief,
        proposals,
        below=None if last[0] else _seam(lambda values: values[rows, tile.inner[1]], maps, groups),
        right=None if last[1] else _seam(lambda values: values[tile.inner[0], columns].T, maps, groups),
    )


def _seam(lines: Callable[[Any], Any], maps: Mapping[str, Map], groups: Mapping[str, Labels]) -> Seam:
    """lines: (2, L) of an (h, w) map of what is seen."""
    return Seam(
        np.array([lines(values) for values in maps.values()], np.float64),
        np.array([lines(values) for values in groups.values()], np.int32),
    )


def _border(core: Ints, tile: Tile, count: int) -> Floats:
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
