"""Actions on edges and what was paid for them, for the tests of single edge terms."""

from __future__ import annotations

import numpy as np
from partitions import random_image, random_regions
from reward_text import compiled
from scenes import odd, odd_image
from term_properties import content

from rlseg.graph.rag import measure_regions
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments

Cracks = list[tuple[tuple[int, int], tuple[int, int]]]

SIZE = "rewards: {foreground: {terms: {size: {kind: descriptor, property: area, expected: 150, scale: 60}}}}\n"


def random_case(seed: int) -> tuple[Segments, np.ndarray, np.ndarray]:
    """Partitions of a random image, random actions that have little to do with them, and the (C, H, W) image."""
    regions = random_regions(seed, count=50)
    rng = np.random.default_rng(seed)
    segments = Segments(regions, rng.integers(0, 12, (3, regions.num_nodes)))
    return segments, rng.random(segments.cut.shape), random_image(seed)


def odd_case(name: str) -> tuple[Segments, np.ndarray, np.ndarray]:
    """The same of one of `scenes.ODD`."""
    segments = odd(name)
    return segments, np.random.default_rng(0).random(segments.cut.shape), odd_image(name)


def plain(segments: Segments, cut: str) -> np.ndarray:
    """(K, E) without priors on edges."""
    return compiled(SIZE + f"edges: {{cut: {cut}}}").evaluate(segments).edge_score


def cracks_of(regions: RegionStatistics) -> list[Cracks]:
    """For each edge the pairs of neighbouring pixels in its two superpixels."""
    ids = regions.superpixels
    number = {(u, v): e for e, (u, v) in enumerate(regions.edge_index.T.tolist())}
    found: list[Cracks] = [[] for _ in number]
    for r in range(ids.shape[0]):
        for c in range(ids.shape[1]):
            for y, x in ((r + 1, c), (r, c + 1)):
                if y < ids.shape[0] and x < ids.shape[1] and ids[r, c] != ids[y, x]:
                    found[number[tuple(sorted((ids[r, c], ids[y, x])))]].append(((r, c), (y, x)))
    return found


def check_edge_properties(edges: str, seed: int, row: int, column: int, ring: str = "ring: [3, 7]") -> None:
    """Pay lies in [0, 1] and does not depend on the names of things or on where in the image they are.

    Args:
        edges: what stands under `edges`.
        seed: of the content.
        row, column: another place for it; the centre of the geometry moves with it.
        ring: the rest of the geometry.
    """
    geometry = "geometry: {{center: [{}, {}], {}}}\n"
    rng = np.random.default_rng(seed)
    image, ids, labels = content(seed)
    segments = Segments(measure_regions(image, ids), labels)
    actions = rng.random(segments.cut.shape)
    reward = compiled(geometry.format(13, 16, ring) + SIZE + f"edges: {edges}")
    found = reward.evaluate(segments, actions).edge_score
    assert found.min() >= 0
    assert found.max() <= 1
    assert found.std() > 0.05

    number = rng.permutation(ids.max() + 1)  # superpixel n becomes superpixel number[n]
    renamed = np.empty_like(labels)
    renamed[:, number] = labels + 100
    other = Segments(measure_regions(image, number[ids].astype(np.int32)), renamed)
    ends = np.sort(number[segments.regions.edge_index], axis=0)
    order = np.lexsort(ends[::-1])  # edge order[e] becomes edge e
    np.testing.assert_array_equal(other.regions.edge_index, ends[:, order])
    np.testing.assert_allclose(reward.evaluate(other, actions[:, order]).edge_score, found[:, order], atol=1e-6)

    image, ids, _ = content(seed, row, column)
    moved = Segments(measure_regions(image, ids), labels)
    reward = compiled(geometry.format(12 + row, 15 + column, ring) + SIZE + f"edges: {edges}")
    # the edges to the surroundings keep their places next to the content
    inner = segments.regions.edge_index[1] < ids.max()
    np.testing.assert_allclose(reward.evaluate(moved, actions).edge_score[:, inner], found[:, inner], atol=1e-6)
