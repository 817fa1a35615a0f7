"""Segmentation of an image that is too large to be looked at as a whole: one graph and one multicut all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels, Pixels
from rlseg.data import Limits, Preparation
from rlseg.environment import solve_multicut
from rlseg.graph import edge_features, node_features
from rlseg.prediction.tiling.context import Context, measure_noise
from rlseg.prediction.tiling.gathering import gather_sums
from rlseg.prediction.tiling.judging import Columns, Crop, Judge, errands, find_objects, paste
from rlseg.prediction.tiling.superpixels import find_superpixels
from rlseg.prediction.tiling.tiles import Tile, Tiling
from rlseg.prediction.tiling.workers import Workers

Policy: TypeAlias = "Callable[[npt.NDArray[np.float32], npt.NDArray[np.float32], Ints, Floats | None], Floats]"
"""(N, Dn) node features, (E, De) edge features, (2, E) edges, (N, F) pooled pixel features; to (E,), 1 = cut."""
PixelFeatures = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""(C, h, w) in [0, 1] to (F, h, w)."""


@dataclass(frozen=True)
class LargeSegmentation:
    """What was found.

    Attributes:
        labels: (H, W) int32, 0 = background, objects 1..n.
        columns: (n,) descriptors and reward of the objects, if they were asked for.
        limits: of the intensities.
        superpixels, edges: size of the graph.
    """

    labels: Labels
    columns: Columns
    limits: Limits
    superpixels: int
    edges: int


def segment_large(
    raw: Pixels,
    preparation: Preparation,
    policy: Policy,
    pixel_features: PixelFeatures | None,
    judge: Judge,
    tiling: Tiling,
    workers: Workers,
) -> LargeSegmentation:
    """Segment an image tile by tile, with one graph of all superpixels and one multicut.

    Limits of intensity, noise and blur are those of the whole image. Superpixels are found in each tile and its halo
    and joined across the seams (`find_superpixels`); features are sums over all tiles; the policy sees the whole graph.

    Args:
        raw: (C, H, W) finite intensities as stored.
        preparation: superpixels and features; it must have no `ring`, whose place belongs to a whole image.
        policy: the actor.
        pixel_features: the UNet, or None. Its normalisation is that of each tile.
        judge: what makes an object.
        tiling: sizes.
        workers: who looks at the tiles.

    Raises:
        ValueError: the preparation has a ring.
    """
    if preparation.ring is not None:
        raise ValueError("a ring has its place in a whole image")
    grid = tiling.grid(*raw.shape[1:])
    limits = preparation.normalisation.limits(raw)
    noise = measure_noise(raw, grid, preparation, limits)
    ids, slope = find_superpixels(raw, grid, preparation, limits, noise, workers)
    context = Context(limits, noise, slope)
    gathered = gather_sums(raw, ids, grid, preparation, context, workers)
    sums = gathered.sums
    pooled = None if pixel_features is None else _pool(raw, ids, grid, preparation, limits, pixel_features, sums.area)
    nodes, edges = node_features(sums)[0], edge_features(sums)[0]
    actions = policy(nodes, edges, sums.edge_index, pooled)
    segment = solve_multicut(len(sums.area), sums.edge_index, actions[None])[0]
    segment = np.unique(segment, return_inverse=True)[1].astype(np.int32)
    superpixels, graph_edges = len(sums.area), sums.edge_index.shape[1]
    box, level, above = gathered.box, gathered.level, gathered.above
    del gathered, sums, nodes, edges, pooled
    for line in ids:
        line[:] = segment[line]
    # from here on the pixels hold the segments
    jobs = list(errands(_boxes(box, segment), grid, tiling))
    crops = (
        Crop(preparation.normalisation.apply(raw[:, *place], limits), level[place], above[place], ids[place])
        for place in (job.tile.crop for job in jobs)
    )
    arguments = ((crop, job.own, judge) for crop, job in zip(crops, jobs, strict=True))
    labels = np.zeros_like(ids)
    columns = paste(labels, zip(jobs, workers.map(find_objects, arguments), strict=True))
    return LargeSegmentation(labels, columns, limits, superpixels, graph_edges)


def _boxes(box: Ints, segment: Labels) -> Ints:
    """(M, 4) boxes of M segments, of the (N, 4) boxes of their superpixels."""
    order = np.argsort(segment, kind="stable")
    start = np.flatnonzero(np.diff(segment[order], prepend=-1))
    low = np.minimum.reduceat(box[order, :2], start)
    return np.concatenate([low, np.maximum.reduceat(box[order, 2:], start)], axis=1)


def _pool(
    raw: Pixels,
    ids: Labels,
    grid: list[list[Tile]],
    preparation: Preparation,
    limits: Limits,
    pixel_features: PixelFeatures,
    area: Floats,
) -> Floats:
    """(N, F) mean of the pixel features over the superpixels; each tile by itself, for a GPU is not shared."""
    total: Floats | None = None
    for tile in (tile for row in grid for tile in row):
        unit = preparation.normalisation.apply(raw[:, *tile.crop], limits).pixels
        features = pixel_features(unit)[:, *tile.inner]
        numbers, flat = np.unique(ids[tile.core], return_inverse=True)
        total = np.zeros((len(area), len(features))) if total is None else total
        for k, values in enumerate(features):
            total[numbers, k] += np.bincount(flat.ravel(), values.ravel(), minlength=len(numbers))
    assert total is not None
    return total / area[:, None]
