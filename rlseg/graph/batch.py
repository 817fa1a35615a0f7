"""Several images as one disjoint graph of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rlseg.graph.sample import Sample


@dataclass(frozen=True)
class Batch:
    """B samples as one disjoint union graph, on one device.

    Attributes:
        samples: the B samples, as numpy, for the environment.
        node_features: (N, Dn); edge_features: (E, De); edge_index: (2, E) int64 in nodes of the union graph.
        node_image: (N,) int64, edge_image: (E,) int64: the sample 0..B-1 each node and edge belongs to.
        node_start, edge_start: B + 1 offsets of the samples' nodes and edges.
        subgraphs: for each size k, (S_k, k) int64 edges of the union graph.
    """

    samples: tuple[Sample, ...]
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

    # pixels are most of a batch, and only a UNet sees them
    @cached_property
    def images(self) -> tuple[Tensor, ...]:
        """B tensors (C, H, W) on the device, brought there when they are first asked for."""
        return tuple(self._beside(np.ascontiguousarray(s.image)) for s in self.samples)

    @cached_property
    def superpixels(self) -> tuple[Tensor, ...]:
        """B tensors (H, W) int64 on the device, each numbered from 0; likewise."""
        return tuple(self._beside(s.superpixels.astype(np.int64)) for s in self.samples)

    @property
    def spacings(self) -> tuple[tuple[float, ...], ...]:
        """Sides of the pixels of the B samples in px."""
        return tuple(s.regions.spacing for s in self.samples)

    def _beside(self, pixels: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(pixels).to(self.node_features.device)

    def edges_by_sample(self, values: Tensor) -> list[npt.NDArray[np.float32]]:
        """(E,) float32 values of the edges as one (E_b,) array a sample, on the CPU and without gradients."""
        return np.split(values.detach().cpu().numpy(), self.edge_start[1:-1])

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Batch:
        """The same batch with its tensors on another device; Lightning calls this."""

        def move(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=non_blocking)

        return replace(
            self,
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
