"""Flips and quarter turns that move the image and its graph together."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.graph.rag import span_table
from rlseg.regions import RegionStatistics
from rlseg.sample import Sample

Kind = TypeVar("Kind", bound=np.generic)
Place = TypeVar("Place", bound=np.number)


def _turn(array: npt.NDArray[Kind], quarter_turns: int, flip: bool) -> npt.NDArray[Kind]:
    turned = np.rot90(array, quarter_turns, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if flip else turned)


def _points(
    row: npt.NDArray[Place], column: npt.NDArray[Place], shape: tuple[int, int], quarter_turns: int, flip: bool
) -> tuple[npt.NDArray[Place], npt.NDArray[Place]]:
    """Where the pixels (row, column) of an image of the given shape go."""
    height, width = shape
    for _ in range(quarter_turns % 4):
        row, column = width - 1 - column, row
        height, width = width, height
    return row, width - 1 - column if flip else column


def transform_regions(regions: RegionStatistics, quarter_turns: int, flip: bool) -> RegionStatistics:
    """The statistics of the turned and then mirrored image, from the tables alone. Ids of superpixels and edges stay.

    Args:
        regions: of an (H, W) image.
        quarter_turns: counter-clockwise, any integer.
        flip: mirror left and right afterwards.
    """
    superpixels = _turn(regions.superpixels, quarter_turns, flip)
    box = regions.box
    a = _points(box[:, 0], box[:, 1], regions.shape, quarter_turns, flip)
    b = _points(box[:, 2] - 1, box[:, 3] - 1, regions.shape, quarter_turns, flip)
    new_box = np.stack(
        [
            np.minimum(a[0], b[0]),
            np.minimum(a[1], b[1]),
            np.maximum(a[0], b[0]) + 1,
            np.maximum(a[1], b[1]) + 1,
        ],
        axis=1,
    )
    # a point moves by r' = A (r, c) + t, so first and second moments follow from the old ones
    origin = np.array(_points(np.array(0), np.array(0), regions.shape, quarter_turns, flip), dtype=np.float64)
    down = np.array(_points(np.array(1), np.array(0), regions.shape, quarter_turns, flip)) - origin
    right = np.array(_points(np.array(0), np.array(1), regions.shape, quarter_turns, flip)) - origin
    n = regions.area
    r, c, rr, rc, cc = regions.moments.T
    first = [down[i] * r + right[i] * c + origin[i] * n for i in range(2)]

    def second(i: int, j: int) -> npt.NDArray[np.float64]:
        square = down[i] * down[j] * rr + right[i] * right[j] * cc + (down[i] * right[j] + down[j] * right[i]) * rc
        linear = (down[i] * r + right[i] * c) * origin[j] + (down[j] * r + right[j] * c) * origin[i]
        return square + linear + origin[i] * origin[j] * n

    moments = np.stack([first[0], first[1], second(0, 0), second(0, 1), second(1, 1)], axis=1)
    height, width = regions.shape
    rows, columns = _points(regions.rim // width, regions.rim % width, (height, width), quarter_turns, flip)
    span_start, spans = span_table(superpixels, new_box)
    return replace(
        regions,
        superpixels=superpixels,
        moments=moments,
        box=new_box,
        rim=np.sort(rows * superpixels.shape[1] + columns),
        span_start=span_start,
        spans=spans,
    )


def transform_sample(sample: Sample, quarter_turns: int, flip: bool) -> Sample:
    """A sample of the turned and then mirrored image, equal to preparing that image with the moved superpixels.

    The hand-crafted features do not change, for they do not know directions or places.
    """
    if quarter_turns % 4 == 0 and not flip:
        return sample
    return replace(
        sample,
        image=_turn(sample.image, quarter_turns, flip),
        regions=transform_regions(sample.regions, quarter_turns, flip),
        level=_turn(sample.level, quarter_turns, flip),
        truth=None if sample.truth is None else _turn(sample.truth, quarter_turns, flip),
    )
