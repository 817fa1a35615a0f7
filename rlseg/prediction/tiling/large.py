"""Segmentation of an image that is too large to be looked at as a whole: one graph and one multicut all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints, Labels, Pixels, give_back_freed_memory
from rlseg.data import Limits, Preparation
from rlseg.environment import ObjectTable, refuse_no_numbers, solve_multicut
from rlseg.graph import FeatureSums, Sample, edge_features, edges_with_proposals, node_features, with_proposals
from rlseg.io import PixelSize
from rlseg.prediction.tiling.aside import ArrayAside, Shelf, in_memory
from rlseg.prediction.tiling.context import measure_pixels
from rlseg.prediction.tiling.gathering import Gathered, gather
from rlseg.prediction.tiling.judging import Judge, Judged, Relief, Superpixels, judge_segments, sample_of_segments
from rlseg.prediction.tiling.tiles import Tile, Tiling
from rlseg.prediction.tiling.workers import Workers
from rlseg.proposals import Proposals
from rlseg.regions import of_pixels

# edges whose features are computed at once
_AT_ONCE = 2**19


class Agent(Protocol):
    """The networks; see `rlseg.prediction.whole_graph.WholeGraph`."""

    @property
    def sees_pixels(self) -> bool:
        """Whether `pixel_features` are wanted."""
        ...

    def pixel_features(self, unit: npt.NDArray[np.float32], spacing: tuple[float, ...]) -> npt.NDArray[np.float32]:
        """(C, h, w) in [0, 1] to (F, h, w). spacing: sides of a pixel in px; of a volume planes first, as of all."""
        ...

    def look(
        self, nodes: npt.NDArray[np.float32], edges: npt.NDArray[np.float32], edge_index: Ints, pooled: Floats | None
    ) -> Any:
        """(N, Dn) and (E, De) features, (2, E) edges, (N, F) pooled pixel features; to what the networks see.

        Of a volume the features of edges are an `ArrayAside`.
        """
        ...

    def actions(self, state: Any) -> Floats:
        """(E,), 1 = cut."""
        ...

    def edge_values(self, state: Any, actions: Floats, objects: ObjectTable) -> Floats | None:
        """(E,) what a critic expects, or None."""
        ...


@dataclass(frozen=True)
class LargeSegmentation:
    """What was found.

    Attributes:
        judged: the objects, and the image that they are measured on.
        limits: of the intensities.
        superpixels: (H, W) int32, ids 0..N-1; empty if the critic was not asked.
        edge_index: (2, E); of a volume likewise.
        edge_values: (E,) what the critic expects; None without one, or if it was not asked.
    """

    judged: Judged
    limits: Limits
    superpixels: Labels
    edge_index: Ints
    edge_values: Floats | None

    @property
    def labels(self) -> Labels:
        """(H, W) int32, 0 = background, objects 1..n."""
        return self.judged.labels


def segment_large(
    raw: Pixels,
    preparation: Preparation,
    agent: Agent,
    judge: Judge,
    tiling: Tiling,
    workers: Workers,
    ask_critic: bool = False,
    size: PixelSize | None = None,
    name: str = "",
) -> LargeSegmentation:
    """Segment an image tile by tile, with one graph of all superpixels and one multicut.

    Limits of intensity, noise and blur are those of the whole image. Superpixels are found in each tile and its halo
    and joined across the seams (`Joining`); features are sums over all tiles; the networks see the whole graph, and the
    reward file all segments of the image.

    Args:
        raw: (C, H, W) finite intensities as stored; of a volume (C, Z, H, W).
        preparation: superpixels and features; it must have no `ring`, whose place belongs to a whole image.
        agent: the networks. The normalisation of a UNet is that of each tile.
        judge: what makes an object.
        tiling, workers: sizes, and who looks at the tiles.
        ask_critic: whether `edge_values` are wanted.
        size: of the pixels, as the file says it.
        name: of the image, for messages.

    Raises:
        RlsegError: the networks give no numbers.
        ValueError: the preparation has a ring.
    """
    if preparation.ring is not None:
        raise ValueError("a ring has its place in a whole image")
    zooms, spacing = preparation.zooms(size), preparation.spacing(size)
    tiles = tiling.grid(raw.shape[1:], spacing, zooms)
    limits = preparation.normalisation.limits(raw)
    context = measure_pixels(raw, tiles, preparation, limits, size)
    gathered = gather(raw, tiles, preparation, context, workers)
    sums, relief, zoom = gathered.sums, gathered.relief, zooms[0].factor
    pooled = _pool(raw, gathered.ids, tiles, preparation, limits, agent, sums.area, spacing)
    ids, kept = _put_aside(gathered, preparation.volume)
    del gathered
    state = agent.look(*_features(sums, kept(), preparation, zoom, spacing), sums.edge_index, pooled)
    edge_index, count = sums.edge_index, len(sums.area)
    del sums, pooled
    give_back_freed_memory()
    actions = agent.actions(state)
    refuse_no_numbers(actions, name)
    state = state if ask_critic else None
    segment = _numbered(solve_multicut(count, edge_index, actions[None])[0])
    segments, owner = of_pixels(segment, ids), segment.astype(np.int64)
    seen = ids, kept() if judge.may_ask_for_proposals else None
    if not ask_critic:  # what is not needed any more would be most of the memory
        ids, edge_index = np.empty((0, 0), np.int32), edge_index[:, : 0 if preparation.volume else None].copy()
    sizes = preparation.size_of_pixels(size), zoom, spacing
    samples = [_sample(raw, preparation, limits, relief, segments, sizes, seen, owner)]
    del relief, segments, kept, seen  # judge_segments lets go of what nobody else holds
    judged = judge_segments(samples.pop(), judge, Superpixels(owner, edge_index) if ask_critic else None)
    values = None if judged.objects is None else agent.edge_values(state, actions, judged.objects)
    return LargeSegmentation(judged, limits, ids[:], edge_index, values)


def _put_aside(gathered: Gathered, volume: bool) -> tuple[Labels, Callable[[], Proposals | None]]:
    """Superpixels, and what gives the proposals; those of a volume wait in files while the networks look at it."""
    give_back_freed_memory()
    if not volume:
        return gathered.ids, in_memory(gathered.proposals)
    return cast("Labels", ArrayAside.of(gathered.ids)), Shelf().put(gathered.proposals)


def _sample(
    raw: Pixels,
    preparation: Preparation,
    limits: Limits,
    relief: Relief,
    segments: Labels,
    sizes: tuple[tuple[float, ...], float, tuple[float, ...]],
    seen: tuple[Labels, Proposals | None],
    owner: Ints,
) -> Sample:
    """See `sample_of_segments`. seen: superpixels, and the proposals as they see them, if the reward asks for them."""
    ids, proposals = seen
    proposed = None if proposals is None else (ids, proposals)
    normalise = preparation.normalisation.by_planes if preparation.volume else preparation.normalisation.apply
    unit = normalise(raw, limits)
    return sample_of_segments(unit, relief, segments, sizes, proposed, owner, preparation.derived_pictures(unit))


def _features(
    sums: FeatureSums, proposals: Proposals | None, preparation: Preparation, zoom: float, spacing: tuple[float, ...]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(N, Dn) of superpixels and (E, De) of edges; the latter of a volume as `ArrayAside`."""
    nodes = node_features(sums, zoom, spacing)[0]
    labels = None
    if proposals is not None and preparation.shows_proposals:
        labels = proposals.labels(sums.area)
        nodes = with_proposals(nodes, np.empty((0, 0), np.float32), proposals, sums.area, sums.edge_index[:, :0])[0]
    room: Any = ArrayAside if preparation.volume else np.empty
    edges: npt.NDArray[np.float32] | None = None
    count = sums.edge_index.shape[1]
    for first in range(0, max(count, 1), _AT_ONCE):  # while they are computed they take several times as much
        some = slice(first, first + _AT_ONCE)
        found = edge_features(sums.some_edges(some), zoom, spacing)[0]
        if labels is not None:
            found = edges_with_proposals(found, labels, sums.edge_index[:, some])
        if edges is None:
            edges = room((count, found.shape[1]), np.float32)
        edges[some] = found
    assert edges is not None
    return nodes, edges


def _numbered(partition: Ints) -> Labels:
    """(N,) segments 0..M-1, numbered by their first superpixels as those of a whole image are."""
    _, first, segment = np.unique(partition, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[segment].astype(np.int32)


def _pool(
    raw: Pixels,
    ids: Labels,
    tiles: list[Tile],
    preparation: Preparation,
    limits: Limits,
    agent: Agent,
    area: Floats,
    spacing: tuple[float, ...],
) -> Floats | None:
    """(N, F) mean of the pixel features over the superpixels, if the networks see pixels; each tile by itself, for a
    GPU is not shared."""
    if not agent.sees_pixels:
        return None
    total: Floats | None = None
    for tile in tiles:
        unit = preparation.normalisation.apply(raw[:, *tile.crop], limits).pixels
        features = agent.pixel_features(unit, spacing)[:, *tile.inner]
        numbers, flat = np.unique(ids[tile.core], return_inverse=True)
        total = np.zeros((len(area), len(features))) if total is None else total
        for k, values in enumerate(features):
            total[numbers, k] += np.bincount(flat.ravel(), values.ravel(), minlength=len(numbers))
    assert total is not None
    return total / area[:, None]
