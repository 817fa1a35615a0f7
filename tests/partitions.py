"""Random images, superpixels and partitions that several test modules share."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from rlseg.graph.rag import measure_regions
from rlseg.regions import RegionStatistics
from rlseg.rewards.segments import Segments


def voronoi(rng: np.random.Generator, shape: tuple[int, int], count: int) -> np.ndarray:
    """(H, W) int32 superpixels: cells of random seeds, renumbered without gaps."""
    rows, columns = np.indices(shape)
    seeds = rng.random((count, 2)) * shape
    distance = (rows[..., None] - seeds[:, 0]) ** 2 + (columns[..., None] - seeds[:, 1]) ** 2
    ids = distance.argmin(-1)
    return np.unique(ids, return_inverse=True)[1].reshape(shape).astype(np.int32)


def random_regions(
    seed: int, shape: tuple[int, int] = (40, 56), count: int = 60, channels: int = 2
) -> RegionStatistics:
    """Statistics of a smooth random image over Voronoi superpixels, a raw scale of 100 and an offset of 7."""
    rng = np.random.default_rng(seed)
    image = ndimage.gaussian_filter(rng.random((channels, *shape)), (0, 1, 1))
    return measure_regions(image, voronoi(rng, shape, count), scale=100.0, offset=7.0)


def random_segments(seed: int, partitions: int = 3, pieces: int = 12, **size: object) -> Segments:
    """Partitions that put each superpixel into one of a few segments, which may fall into several pieces."""
    regions = random_regions(seed, **size)  # type: ignore[arg-type]
    rng = np.random.default_rng(seed + 1)
    return Segments(regions, rng.integers(0, pieces, (partitions, regions.num_nodes)))


def masks(segments: Segments) -> list[np.ndarray]:
    """The (H, W) mask of every segment in the order of the table."""
    return [
        segments.labels[k][segments.regions.superpixels] == m
        for k in range(len(segments.offsets) - 1)
        for m in range(segments.offsets[k], segments.offsets[k + 1])
    ]
