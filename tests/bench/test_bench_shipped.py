"""The shipped rewards of circles and cells against scikit-image on pixels, in one process: `make bench`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from partitions import voronoi
from skimage.measure import regionprops_table
from skimage.segmentation import find_boundaries
from skimage.transform import hough_circle
from timing import median_ms

from experiments.drawings.circles import draw_circles
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

pytestmark = pytest.mark.bench

REWARDS = Path(__file__).resolve().parents[2] / "rewards"


def test_circles_against_hough_circle() -> None:
    """256 x 256, about 700 superpixels: the whole reward against one Hough transform of each disc's mask."""
    drawn = draw_circles(0)
    ids = intersect_with_truth(voronoi(np.random.default_rng(0), drawn.truth.shape, 490), drawn.truth)
    regions = measure_regions(drawn.image, ids)
    labels = drawn.truth.ravel()[np.unique(ids, return_index=True)[1]]
    reward = Reward(load_reward(REWARDS / "circles.yaml"))
    noisy = np.repeat(labels[None], 64, axis=0)
    wrong = np.random.default_rng(1).random(noisy.shape) < 0.1
    noisy[wrong] = np.random.default_rng(2).integers(0, len(labels), wrong.sum())

    def ours(table: np.ndarray = labels[None]) -> np.ndarray:
        return reward.evaluate(Segments(regions, table)).edge_score

    def pixelwise() -> float:
        return sum(
            float(hough_circle(find_boundaries(drawn.truth == n, mode="inner"), np.arange(10, 21)).max())
            for n in range(1, len(drawn.circles) + 1)
        )

    # the two take turns, so that a busy moment of the machine hits both
    pairs = [(median_ms(ours, 20), median_ms(pixelwise, 1)) for _ in range(5)]
    mine, theirs = np.median(pairs, axis=0)
    ratio = float(np.median([b / a for a, b in pairs]))
    together = median_ms(lambda: ours(noisy), 5)
    apart = median_ms(lambda: [ours(row[None]) for row in noisy], 3)
    print(
        f"\ncircles.yaml, {regions.num_nodes} superpixels, {len(drawn.circles)} discs: {mine:.2f} ms; hough_circle "
        f"{theirs:.0f} ms, {ratio:.0f} times; 64 partitions together {together:.0f} ms, one by one {apart:.0f} ms"
    )
    assert ratio >= 50
    assert together < apart


def test_the_accumulator_against_hough_circle() -> None:
    """The votes of every segment of 64 different partitions, measured anew, against scikit-image's of some of them.

    One by one they are measured with those of single superpixels known, as in a training from the second step on.
    """
    drawn = draw_circles(0)
    ids = intersect_with_truth(voronoi(np.random.default_rng(0), drawn.truth.shape, 490), drawn.truth)
    labels = drawn.truth.ravel()[np.unique(ids, return_index=True)[1]]
    rng = np.random.default_rng(1)
    table = np.repeat(labels[None], 64, axis=0)
    wrong = rng.random(table.shape) < 0.1
    table[wrong] = rng.integers(0, len(labels), wrong.sum())
    regions = measure_regions(drawn.image, ids)
    segments = Segments(regions, table)
    area = segments.descriptor("area")
    objects = np.flatnonzero((area >= 200) & (area <= 1400))
    shown = objects[:: len(objects) // 20]

    def ours(rows: np.ndarray = table) -> np.ndarray:
        regions.of_superpixels.clear()
        return Segments(regions, rows).hough_circles(10, 20).score

    def theirs() -> list[float]:
        outlines = [segments.labels[segments.partition[m]][ids] == m for m in shown]
        return [
            float(hough_circle(find_boundaries(mask, mode="thick"), np.arange(10, 21), full_output=True).max())
            for mask in outlines
        ]

    np.testing.assert_allclose(ours()[shown], theirs(), atol=1e-9)
    pairs = [(median_ms(ours, 1) / len(objects), median_ms(theirs, 1) / len(shown)) for _ in range(5)]
    mine, other = np.median(pairs, axis=0)
    apart = median_ms(lambda: [Segments(regions, row[None]).hough_circles(10, 20) for row in table], 1)
    print(
        f"\ncircle_hough, {regions.num_nodes} superpixels, 64 partitions of {segments.count} segments, {len(objects)} "
        f"of them of 200 to 1400 px: {mine * len(objects):.0f} ms, {mine:.2f} ms each; hough_circle {other:.1f} ms, "
        f"{other / mine:.0f} times; one by one {apart:.0f} ms"
    )
    assert np.median([b / a for a, b in pairs]) >= 10
    assert mine * len(objects) < apart


@pytest.mark.parametrize("name", ["embryo_cells.yaml", "embryo_cells_paper.yaml"])
def test_cells(name: str) -> None:
    shape = (374, 346)
    rng = np.random.default_rng(0)
    rows, columns = np.indices(shape)
    radius = np.hypot(rows - 194, columns - 168)
    turn = (np.arctan2(rows - 194, columns - 168) / (2 * np.pi)) % 1
    truth = np.where((radius > 85) & (radius < 152), 2 + (turn * 85).astype(int), radius <= 85)
    ids = intersect_with_truth(voronoi(rng, shape, 250), truth)
    regions = measure_regions(np.zeros((1, *shape)), ids)
    labels = truth.ravel()[np.unique(ids, return_index=True)[1]][None]
    actions = rng.random((1, regions.num_edges))
    reward = Reward(load_reward(REWARDS / name))
    cells = labels[0][ids] + 1
    names = ("area", "centroid", "axis_major_length", "axis_minor_length", "orientation")
    ours = lambda: reward.evaluate(Segments(regions, labels), actions).edge_score  # noqa: E731
    pairs = [(median_ms(ours, 9), median_ms(lambda: regionprops_table(cells, properties=names), 1)) for _ in range(5)]
    mine, theirs = np.median(pairs, axis=0)
    print(f"\n{name}, {regions.num_nodes} superpixels: {mine:.2f} ms; regionprops_table {theirs:.1f} ms")
    assert np.median([b / a for a, b in pairs]) >= 15
