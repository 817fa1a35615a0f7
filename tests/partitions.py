"""Random images, superpixels and partitions that several test modules share."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from scipy import ndimage
from skimage.measure import label

from rlseg.graph.rag import measure_regions
from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments


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


def some_views(superpixels: np.ndarray) -> np.ndarray:
    """(3, H, W) segments > 0 of whole superpixels, 0 in none, that three ways of looking might have shown."""
    return np.stack([(superpixels * (2 * k + 3) + k) % (k + 4) for k in range(3)])


def looked_at(regions: RegionStatistics) -> RegionStatistics:
    """The same with the proposals of `some_views`."""
    views = some_views(np.arange(regions.num_nodes))
    return replace(regions, proposals=Proposals.of_regions(views, regions.area))


def same_proposals(one: Proposals | None, other: Proposals | None) -> None:
    """Both are none, or alike in every number and kind of number."""
    assert (one is None) == (other is None)
    for field in fields(Proposals) if one is not None else ():
        a, b = np.asarray(getattr(one, field.name)), np.asarray(getattr(other, field.name))
        assert a.dtype == b.dtype, field.name
        np.testing.assert_array_equal(a, b, field.name)


def random_image(seed: int, shape: tuple[int, int] = (40, 56), channels: int = 2) -> np.ndarray:
    """(C, H, W): the image that `random_regions` measures, as scaled to about [0, 1]."""
    return ndimage.gaussian_filter(np.random.default_rng(seed).random((channels, *shape)), (0, 1, 1))


def random_segments(seed: int, partitions: int = 3, pieces: int = 12, **size: object) -> Segments:
    """Partitions that put each superpixel into one of a few segments, which may fall into several pieces."""
    regions = looked_at(random_regions(seed, **size))  # type: ignore[arg-type]
    rng = np.random.default_rng(seed + 1)
    return Segments(regions, rng.integers(0, pieces, (partitions, regions.num_nodes)))


def masks(segments: Segments) -> list[np.ndarray]:
    """The (H, W) mask of every segment in the order of the table."""
    return [
        segments.labels[k][segments.regions.superpixels] == m
        for k in range(len(segments.offsets) - 1)
        for m in range(segments.offsets[k], segments.offsets[k + 1])
    ]


def blobs(seed: int, shape: tuple[int, int] = (48, 64), channels: int = 1, count: int = 6) -> np.ndarray:
    """(C, H, W) float32 raw image: bright blurred discs, some touching, on a noisy background."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    image = np.zeros(shape)
    for _ in range(count):
        row, column = rng.random(2) * shape
        image[(rows - row) ** 2 + (columns - column) ** 2 < rng.uniform(3, 7) ** 2] = rng.uniform(0.5, 1.0)
    image = ndimage.gaussian_filter(image, 1.0)
    tint = rng.uniform(0.5, 1.5, channels)[:, None, None]
    return (1000 * tint * image + rng.normal(100, 5, (channels, *shape))).astype(np.float32)


def connected(labels: np.ndarray) -> bool:
    """Whether each id of a (H, W) image with ids 0..N-1 is one 4-connected piece."""
    return int(label(labels, background=-1, connectivity=1).max()) == int(labels.max()) + 1


def turned(array: np.ndarray, quarter_turns: int, flip: bool) -> np.ndarray:
    """The last two axes turned counter-clockwise, then mirrored left and right."""
    array = np.rot90(array, quarter_turns, axes=(-2, -1))
    return np.ascontiguousarray(array[..., ::-1] if flip else array)


DIHEDRAL = [(quarter_turns, flip) for flip in (False, True) for quarter_turns in range(4)]


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """The adjusted Rand index of two label images, background included (Hubert and Arabie 1985)."""

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1.0) / 2).sum())

    a, b = np.unique(one, return_inverse=True)[1].ravel(), np.unique(other, return_inverse=True)[1].ravel()
    joint = np.unique(a.astype(np.int64) * (b.max() + 1) + b, return_counts=True)[1]
    first, second, every = pairs(np.bincount(a)), pairs(np.bincount(b)), pairs(np.array([one.size]))
    expected = first * second / every
    possible = (first + second) / 2 - expected
    # both are one segment, or both single pixels
    return (pairs(joint) - expected) / possible if possible else 1.0
