"""The final objects of a large image, judged and refined where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels, Pixels
from rlseg.data import UnitImage, measure_unit_image
from rlseg.environment import Refinement, move_outlines
from rlseg.graph import Sample
from rlseg.prediction.measured import measure_objects
from rlseg.prediction.tiling.tiles import STEP, Tile, Tiling
from rlseg.rewards import Reward
from rlseg.rewards.measure import Segments

Columns = dict[str, Floats]


@dataclass(frozen=True)
class Judge:
    """What decides which segments are objects, and where their outlines lie; see `SegmentationModule`."""

    reward: Reward
    refinement: Refinement | None
    min_score: float
    measure: bool


@dataclass(frozen=True)
class Found:
    """Objects of one part.

    Attributes:
        labels: (h, w) of the crop, 0 = none of its own, objects 1..k.
        columns: (k,) descriptors and reward by name, if they were asked for.
    """

    labels: Labels
    columns: Columns


@dataclass(frozen=True)
class Crop:
    """A part of the image.

    Attributes:
        unit: (C, h, w) in [0, 1].
        level, above: (h, w) brightness, see `Sample`.
        segments: (h, w) numbers of the segments in the whole image.
    """

    unit: UnitImage
    level: Pixels
    above: Pixels
    segments: Labels


def find_objects(crop: Crop, own: Ints, judge: Judge) -> Found:
    """Judge and refine the segments of a crop, and keep those that are its own.

    Args:
        crop: the pixels.
        own: numbers of those to keep; they lie in the crop as a whole.
        judge: what makes an object.
    """
    segments = crop.segments
    present, flat = np.unique(segments, return_inverse=True)
    local = flat.reshape(segments.shape).astype(np.int32)
    sample = _sample(crop, local)
    score = judge.reward.evaluate(Segments(sample.regions, np.arange(len(present))[None])).foreground_score
    good = score > judge.min_score
    labels = _numbered(good)[local]
    if judge.refinement is not None and good.any():
        labels = move_outlines(sample, labels, judge.reward, judge.refinement)
    # from here on by the number of the object, 0 the background: one may have vanished under another's outline
    there = np.bincount(labels.ravel(), minlength=1 + np.count_nonzero(good)) > 0
    there[0] = False
    mine = there & np.append(False, np.isin(present[good], own))
    columns: Columns = {}
    if judge.measure:
        measured = measure_objects(sample, _numbered(there)[labels], judge.reward)
        columns = {name: values[mine[there]] for name, values in measured.items()}
    return Found(_numbered(mine)[labels], columns)


def _numbered(kept: npt.NDArray[np.bool_]) -> Labels:
    """A new number 1, 2, ... for each that is kept, and 0 for the others."""
    return np.where(kept, np.cumsum(kept), 0).astype(np.int32)


def _sample(crop: Crop, local: Labels) -> Sample:
    """The crop with its segments for superpixels; no network looks at it, so it has no features."""
    nothing = np.empty((0, 0), np.float32)
    return Sample(
        name="",
        image=crop.unit.pixels,
        regions=measure_unit_image(crop.unit, crop.level, local),
        node_features=nothing,
        edge_features=nothing,
        subgraphs={},
        level=crop.level,
        above=crop.above,
        guide=nothing.ravel(),
    )


@dataclass(frozen=True)
class Errand:
    """A crop to look at, and the segments to find there."""

    tile: Tile
    own: Ints


def errands(box: Ints, grid: list[list[Tile]], tiling: Tiling) -> Iterator[Errand]:
    """Each segment belongs to the tile that its middle lies in; wide ones are looked at by themselves.

    A segment is wide if it reaches farther than half a halo beyond the core of its tile. What is wider than a tile
    is left out: that is background.

    Args:
        box: (M, 4) first row and column, last row and column plus 1, of each segment in the image.
        grid: the tiles.
        tiling: their sizes.
    """
    shape = grid[0][0].shape
    middle = (box[:, :2] + box[:, 2:]) // 2
    tops = np.array([row[0].core[0].start for row in grid])
    lefts = np.array([tile.core[1].start for tile in grid[0]])
    row = np.searchsorted(tops, middle[:, 0], side="right") - 1
    column = np.searchsorted(lefts, middle[:, 1], side="right") - 1
    for r, tiles in enumerate(grid):
        for c, tile in enumerate(tiles):
            here = np.flatnonzero((row == r) & (column == c))
            inside = _inside(box[here], tile, tiling.halo // 2)
            if inside.any():
                yield Errand(tile, here[inside])
            for segment in here[~inside]:
                if (box[segment, 2:] - box[segment, :2]).max() <= tiling.side:
                    top, left, bottom, right = (int(place) for place in box[segment])
                    core = (slice(top // STEP * STEP, bottom), slice(left // STEP * STEP, right))
                    alone = Tile.around(core, tiling.halo, shape)
                    yield Errand(alone, segment[None])


def _inside(box: Ints, tile: Tile, margin: int) -> npt.NDArray[np.bool_]:
    """Which boxes stay `margin` away from those borders of a tile's crop that are not borders of the image."""
    kept = np.ones(len(box), bool)
    for axis in (0, 1):
        crop, length = tile.crop[axis], tile.shape[axis]
        kept &= box[:, axis] >= (crop.start + margin if crop.start else 0)
        kept &= box[:, axis + 2] <= (crop.stop - margin if crop.stop < length else length)
    return kept


def paste(labels: Labels, parts: Iterable[tuple[Errand, Found]]) -> Columns:
    """Write objects into the label image (H, W), which holds zeros, numbered through; what is taken stays taken.

    Returns:
        The columns of all objects, by name.
    """
    count = 0
    columns: dict[str, list[Floats]] = {}
    for errand, found in parts:
        place = labels[errand.tile.crop]
        free = (found.labels > 0) & (place == 0)
        place[free] = found.labels[free] + count
        count += int(found.labels.max(initial=0))
        for name, values in found.columns.items():
            columns.setdefault(name, []).append(values)
    left = np.zeros(count + 1, bool)
    for line in labels:
        left[line] = True
    left[0] = False
    lookup = _numbered(left)
    for i, line in enumerate(labels):
        labels[i] = lookup[line]
    return {name: np.concatenate(values)[left[1:]] for name, values in columns.items()}
