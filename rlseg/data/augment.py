"""Flips and quarter turns that move the image and its graph together."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats
from rlseg.graph import Sample, crack_table, span_table
from rlseg.regions import RegionStatistics

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


# where r, c, rr, rc, cc and rrr, rrc, rcc, ccc stand in the products of three of (1, r, c)
_MOMENTS = ([0, 0, 0, 0, 0], [0, 0, 1, 1, 2], [1, 2, 1, 2, 2])
_THIRD = ([1, 1, 1, 2], [1, 1, 2, 2], [1, 2, 2, 2])


def _move_moments(regions: RegionStatistics, quarter_turns: int, flip: bool) -> tuple[Floats, Floats]:
    """`moments` and `third_moments` of the moved image.

    A point x = (1, r, c) moves to B x, so the sums of the products x_i x_j x_k, which hold all moments up to the
    third, are multiplied by B from each of the three sides.
    """
    corners = np.array([[0, 1, 0], [0, 0, 1]])
    row, column = _points(corners[0], corners[1], regions.shape, quarter_turns, flip)
    move = np.array([[1.0, 0.0, 0.0]] + [[p[0], p[1] - p[0], p[2] - p[0]] for p in (row, column)])
    products = np.empty((regions.num_nodes, 3, 3, 3))
    flat = np.concatenate([regions.area[:, None], regions.moments, regions.third_moments], axis=1)
    columns = [(0, 0, 0), *zip(*_MOMENTS, strict=True), *zip(*_THIRD, strict=True)]
    for sums, place in zip(flat.T, columns, strict=True):
        for i, j, k in permutations(place):
            products[:, i, j, k] = sums
    moved = np.einsum("ai,bj,ck,nijk->nabc", move, move, move, products, optimize=True)
    return np.ascontiguousarray(moved[(..., *_MOMENTS)]), np.ascontiguousarray(moved[(..., *_THIRD)])


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
    moments, third_moments = _move_moments(regions, quarter_turns, flip)
    height, width = regions.shape
    rows, columns = _points(regions.rim // width, regions.rim % width, (height, width), quarter_turns, flip)
    span_start, spans = span_table(superpixels, new_box)
    doubled = regions.crack_points.astype(np.int64)
    moved = _points(doubled[:, 0], doubled[:, 1], (2 * height - 1, 2 * width - 1), quarter_turns, flip)
    edge_of_crack = np.repeat(np.arange(regions.num_edges), np.diff(regions.crack_start))
    order = np.argsort(moved[0] * 2 * superpixels.shape[1] + moved[1])
    crack_start, crack_points = crack_table(edge_of_crack[order], moved[0][order], moved[1][order], regions.num_edges)
    return regions.turned(
        superpixels=superpixels,
        moments=moments,
        third_moments=third_moments,
        box=new_box,
        rim=np.sort(rows * superpixels.shape[1] + columns),
        span_start=span_start,
        spans=spans,
        crack_start=crack_start,
        crack_points=crack_points,
        pixel_size=regions.pixel_size[::-1] if quarter_turns % 2 else regions.pixel_size,
    )


def transform_sample(sample: Sample, quarter_turns: int, flip: bool) -> Sample:
    """A sample of the turned and then mirrored image: what measuring the moved image, maps and superpixels gives.

    The hand-crafted features do not change, for they do not know directions or places (those relative to a ring are
    the ones of the ring moved along). Preparing the moved image anew
    differs a little (relative brightness: .001 on average), because its local background is sampled every fourth pixel.
    """
    if quarter_turns % 4 == 0 and not flip:
        return sample
    known = sample.proposed_to
    return replace(
        sample,
        image=_turn(sample.image, quarter_turns, flip),
        derived=_turn(sample.derived, quarter_turns, flip),
        regions=transform_regions(sample.regions, quarter_turns, flip),
        level=_turn(sample.level, quarter_turns, flip),
        above=_turn(sample.above, quarter_turns, flip),
        below=_turn(sample.below, quarter_turns, flip),
        truth=None if sample.truth is None else _turn(sample.truth, quarter_turns, flip),
        proposed_to=None if known is None else (_turn(known[0], quarter_turns, flip), known[1]),
    )
