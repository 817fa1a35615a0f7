"""The numbers that rules are chosen by: of outlined objects, as superpixels show them, and of what else there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.graph import measure_regions
from rlseg.prediction.outlined.scene import OutlinedScene
from rlseg.rewards.measure import Segments

# an object is shown if superpixels have at least this much of it (intersection over union)
SHOWN = 0.5
Column = tuple[str, int]
"""A descriptor and an image channel, from 0."""


@dataclass(frozen=True)
class Values:
    """One descriptor.

    Attributes:
        outlined: (n,) of the objects as they are outlined.
        shown: (m,) of those that the superpixels show, as they show them.
        pieces: (p,) of segments that are pieces of objects or several of them.
        around: (q,) of segments near them.
        moved: (r,) of the objects with outlines that are too wide or too narrow, see `OutlinedScene.moved`.
    """

    outlined: Floats
    shown: Floats
    pieces: Floats
    around: Floats
    moved: Floats


def area_range(areas: Sequence[Floats]) -> tuple[float, float]:
    """Areas in px^2, or volumes in px^3, below and above which nothing is an object.

    The smallest over f and the largest times f, f = 2 + 2 / sqrt(n): the fewer objects are known, the less their
    smallest says about all.
    """
    both = np.concatenate(list(areas))
    factor = 2 + 2 / np.sqrt(len(areas[0]))
    return float(both.min() / factor), float(both.max() * factor)


def table_of(
    scenes: Sequence[OutlinedScene], columns: Sequence[Column]
) -> tuple[dict[Column, Values], tuple[float, float]]:
    """All columns, and the range of areas in px^2 in which something can be an object.

    Args:
        scenes: images with at least one object in all.
        columns: what is measured.
    """
    used = [scene for scene in scenes if scene.count]
    shown = [(scene.shown[0], scene.shown[1][scene.overlap >= SHOWN]) for scene in used]
    areas = [
        np.concatenate([scene.outlined.of_objects(scene.outlined.segments.descriptor("area")) for scene in used]),
        np.concatenate([segments.descriptor("area")[rows] for segments, rows in shown]),
    ]
    least, most = area_range(areas)
    others = [scene.others(least, most) for scene in used]

    def collected(of: Callable[[str, int], list[Floats]], column: Column) -> Floats:
        return np.concatenate(of(*column))

    table = {}
    for column in columns:
        table[column] = Values(
            collected(lambda p, c: [s.outlined.of_objects(s.outlined.segments.descriptor(p, c)) for s in used], column),
            collected(lambda p, c: [segments.descriptor(p, c)[rows] for segments, rows in shown], column),
            collected(lambda p, c: [table.descriptor(p, c)[rows[mine]] for table, rows, mine in others], column),
            collected(lambda p, c: [table.descriptor(p, c)[rows[~mine]] for table, rows, mine in others], column),
            collected(
                lambda p, c: [moved.of_objects(moved.segments.descriptor(p, c)) for s in used for moved in s.moved],
                column,
            ),
        )
    return table, (least, most)


def table_of_shapes(
    labels: Sequence[Labels], columns: Sequence[Column], spacings: Sequence[tuple[float, ...] | None] | None = None
) -> dict[Column, Values]:
    """The same where there are no images.

    Args:
        labels: (H, W) or (Z, H, W) whole objects each.
        columns: what is measured.
        spacings: sides of a pixel of each in px; 1 if not given.
    """
    nothing = np.empty(0)
    parts: dict[Column, list[Floats]] = {column: [] for column in columns}
    for of_image, spacing in zip(labels, spacings or [None] * len(labels), strict=True):
        present, number = np.unique(of_image, return_inverse=True)
        ids: Labels = number.reshape(of_image.shape).astype(np.int32)
        regions = measure_regions(np.zeros((1, *of_image.shape)), ids, spacing=spacing)
        segments = Segments(regions, np.arange(regions.num_nodes)[None])
        for name, channel in columns:
            parts[name, channel].append(segments.descriptor(name, channel)[present > 0])
    return {
        column: Values(np.concatenate(values or [nothing]), nothing, nothing, nothing, nothing)
        for column, values in parts.items()
    }
