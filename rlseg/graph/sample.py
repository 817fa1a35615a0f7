"""One image as a graph (`Sample`) and several of them as one disjoint graph (`Batch`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics


@dataclass(frozen=True)
class Sample:
    """Everything about one image that does not depend on the action.

    Attributes:
        name: the file's stem.
        image: (C, H, W) float32 in [0, 1].
        regions: statistics of the N superpixels and E edges, with the (H, W) superpixel image.
        node_features: (N, Dn) float32; edge_features: (E, De) float32.
        subgraphs: for each size k, (S_k, k) int64 edge numbers.
        level: (H, W) float32, brightness relative to the local background (0) and the local peak (1).
        above: (H, W) float32 >= 0, brightness above the local background, hardly smoothed.
        below: (H, W) float32 >= 0, how far below the local background it lies, for objects darker than the ground.
            Outlines are refined on the two.
        guide: (E,) float32, larger where the two ends more likely belong together before anything is learned.
        truth: (H, W) int32 label image, 0 = background, or None.
        proposed_to: (H, W) int32 and the proposals as these regions see them, for measuring other regions of the image;
            None if nobody looked, or if they are the superpixels.
        derived: (D, H, W) float32 in [0, 1], pictures made from the channels of the image that the reward asks for.
    """

    name: str
    image: npt.NDArray[np.float32]
    regions: RegionStatistics
    node_features: npt.NDArray[np.float32]
    edge_features: npt.NDArray[np.float32]
    subgraphs: dict[int, npt.NDArray[np.int64]]
    level: npt.NDArray[np.float32]
    above: npt.NDArray[np.float32]
    below: npt.NDArray[np.float32]
    guide: npt.NDArray[np.float32]
    truth: npt.NDArray[np.int32] | None = None
    proposed_to: tuple[npt.NDArray[np.int32], Proposals] | None = None
    derived: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))

    def proposals_of(self, ids: npt.NDArray[np.int32], count: int) -> Proposals | None:
        """The proposals as other regions of the image see them. ids: (H, W) 0..count-1."""
        if self.proposed_to is not None:
            return self.proposed_to[1].of_parts(self.proposed_to[0], ids, count)
        known = self.regions.proposals
        return None if known is None else known.of_parts(self.superpixels, ids, count)

    @property
    def superpixels(self) -> npt.NDArray[np.int32]:
        """(H, W) int32, ids 0..N-1."""
        return self.regions.superpixels

    @property
    def edge_index(self) -> npt.NDArray[np.int64]:
        """(2, E) int64, u < v, sorted."""
        return self.regions.edge_index


@dataclass(frozen=True)
class Batch:
    """B samples as one disjoint union graph, on one device.

    Attributes:
        samples: the B samples, as numpy, for the environment.
        images: B tensors (C, H, W).
        superpixels: B tensors (H, W) int64, each numbered from 0.
        node_features: (N, Dn); edge_features: (E, De); edge_index: (2, E) int64 in nodes of the union graph.
        node_image: (N,) int64, edge_image: (E,) int64: the sample 0..B-1 each node and edge belongs to.
        node_start, edge_start: B + 1 offsets of the samples' nodes and edges.
        subgraphs: for each size k, (S_k, k) int64 edges of the union graph.
    """

    samples: tuple[Sample, ...]
    images: tuple[Tensor, ...]
    superpixels: tuple[Tensor, ...]
    node_features: Tensor
    edge_features: Tensor
    edge_index: Tensor
    node_image: Tensor
    edge_image: Tensor
    node_start: tuple[int, ...]
    edge_start: tuple[int, ...]
    subgraphs: dict[int, Tensor]

    @property
    def num_nodes(self) -> int:
        """N of the union graph."""
        return self.node_start[-1]

    @property
    def num_edges(self) -> int:
        """E of the union graph."""
        return self.edge_start[-1]

    def edges_by_sample(self, values: Tensor) -> list[npt.NDArray[np.float32]]:
        """(E,) float32 values of the edges as one (E_b,) array a sample, on the CPU and without gradients."""
        return np.split(values.detach().cpu().numpy(), self.edge_start[1:-1])

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Batch:
        """The same batch with its tensors on another device; Lightning calls this."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=non_blocking)

        return replace(
            self,
            images=tuple(move(t) for t in self.images),
            superpixels=tuple(move(t) for t in self.superpixels),
            node_features=move(self.node_features),
            edge_features=move(self.edge_features),
            edge_index=move(self.edge_index),
            node_image=move(self.node_image),
            edge_image=move(self.edge_image),
            subgraphs={size: move(t) for size, t in self.subgraphs.items()},
        )


def collate(samples: Sequence[Sample]) -> Batch:
    """Join samples into one disjoint union graph on the CPU. At least one sample; all with the same feature columns."""
    node_start = np.concatenate([[0], np.cumsum([s.regions.num_nodes for s in samples])])
    edge_start = np.concatenate([[0], np.cumsum([s.regions.num_edges for s in samples])])
    sizes = sorted({size for s in samples for size in s.subgraphs})
    subgraphs = {
        size: torch.from_numpy(
            np.concatenate(
                [
                    s.subgraphs.get(size, np.empty((0, size), np.int64)) + start
                    for s, start in zip(samples, edge_start[:-1], strict=True)
                ]
            )
        )
        for size in sizes
    }
    return Batch(
        samples=tuple(samples),
        images=tuple(torch.from_numpy(np.ascontiguousarray(s.image)) for s in samples),
        superpixels=tuple(torch.from_numpy(s.superpixels.astype(np.int64)) for s in samples),
        node_features=torch.from_numpy(np.concatenate([s.node_features for s in samples])),
        edge_features=torch.from_numpy(np.concatenate([s.edge_features for s in samples])),
        edge_index=torch.from_numpy(
            np.concatenate([s.edge_index + start for s, start in zip(samples, node_start[:-1], strict=True)], axis=1)
        ),
        node_image=torch.from_numpy(np.repeat(np.arange(len(samples)), np.diff(node_start))),
        edge_image=torch.from_numpy(np.repeat(np.arange(len(samples)), np.diff(edge_start))),
        node_start=tuple(int(n) for n in node_start),
        edge_start=tuple(int(e) for e in edge_start),
        subgraphs=subgraphs,
    )
