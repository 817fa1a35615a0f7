"""One image as a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics


@dataclass(frozen=True)
class Sample:
    """Everything about one image that does not depend on the action.

    Of a volume, maps are (Z, H, W) where those of an image are (H, W).

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
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        parts: list[Mapping[Any, Any]] = [vars(self), vars(self.regions), self.subgraphs]
        if self.regions.proposals is not None:
            parts.append(vars(self.regions.proposals))
        return sum(value.nbytes for part in parts for value in part.values() if isinstance(value, np.ndarray))

    @property
    def superpixels(self) -> npt.NDArray[np.int32]:
        """(H, W) int32, ids 0..N-1."""
        return self.regions.superpixels

    @property
    def edge_index(self) -> npt.NDArray[np.int64]:
        """(2, E) int64, u < v, sorted."""
        return self.regions.edge_index


@dataclass(frozen=True)
class SampleFacts:
    """What is known of a sample while it is not in memory.

    Attributes:
        name: the file's stem.
        shape: height and width of the image in pixels; of a volume its planes first.
        pixel_size: height and width of a pixel in um, 0 if not known; of a volume the distance of planes first.
        nodes: N, the number of superpixels.
        subgraphs: for each size k, the number of sub-graphs.
        labelled: whether there is a truth.
    """

    name: str
    shape: tuple[int, ...]
    pixel_size: tuple[float, ...]
    nodes: int
    subgraphs: dict[int, int]
    labelled: bool

    @classmethod
    def of(cls, sample: Sample) -> SampleFacts:
        """Those of a sample in memory."""
        regions = sample.regions
        counts = {size: len(edges) for size, edges in sample.subgraphs.items()}
        return cls(
            sample.name,
            regions.superpixels.shape,
            tuple(regions.pixel_size),
            regions.num_nodes,
            counts,
            labelled=sample.truth is not None,
        )
