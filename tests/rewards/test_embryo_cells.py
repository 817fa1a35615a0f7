"""Objects in `rewards/embryo_cells.yaml` against the formula, pixel by pixel, and on a drawn ring of cells."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from partitions import masks, voronoi
from scenes import drawn
from skimage.measure import regionprops

from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

REWARD = Reward(load_reward(Path(__file__).parents[2] / "rewards" / "embryo_cells.yaml"))
SHAPE = (374, 346)
ROWS, COLUMNS = np.indices(SHAPE)
RADIUS = np.hypot(ROWS - 194, COLUMNS - 168)
ANGLE = np.arctan2(ROWS - 194, COLUMNS - 168) % (2 * math.pi)
IN_RING = (RADIUS > 85) & (RADIUS < 152)


def slow_score(mask: np.ndarray) -> float:
    """h = ratio(length, depth) ratio(area / length, width) cos^2(axis, radius)."""
    area = mask.sum()
    if area > 2360:
        return 0.0
    shape = regionprops(mask.astype(np.uint8))[0]
    large = max(np.linalg.eigvalsh(np.cov(np.argwhere(mask).T, bias=True).reshape(2, 2)))
    length = math.sqrt(12 * large + 1)
    radius = np.array(shape.centroid) - [194, 168]
    cosine = np.dot([math.cos(shape.orientation), math.sin(shape.orientation)], radius) / np.hypot(*radius)
    ratios = [min(x / t, t / x) for x, t in ((length, 67), (area / length, 8.8))]
    return ratios[0] * ratios[1] * cosine**2


@pytest.mark.parametrize("pieces", [3, 40, 500])
def test_scores_of_random_partitions(pieces: int) -> None:
    rng = np.random.default_rng(pieces)
    regions = measure_regions(np.zeros((1, *SHAPE)), voronoi(rng, SHAPE, 150))
    segments = Segments(regions, rng.integers(0, pieces, (2, regions.num_nodes)))
    result = REWARD.evaluate(segments)
    np.testing.assert_allclose(result.segment_score, [slow_score(mask) for mask in masks(segments)], atol=1e-9)


def ring(cells: int, shells: int = 1) -> np.ndarray:
    """(H, W) labels: 0 outside, 1 inside, then the ring in equal sectors and shells."""
    sector = (ANGLE / (2 * math.pi) * cells).astype(int)
    shell = np.clip((RADIUS - 85) / 67 * shells, 0, shells - 1).astype(int)
    return np.where(IN_RING, 2 + sector * shells + shell, np.where(RADIUS <= 85, 1, 0))


def mean_score(labels: np.ndarray) -> float:
    """Mean score of the segments in the ring."""
    return float(REWARD.evaluate(drawn(labels)).segment_score[2:].mean())


def test_the_ring_of_cells_is_what_pays_most() -> None:
    truth = mean_score(ring(85))
    assert truth > 0.85
    for wrong in (ring(42), ring(170), ring(85, 2), ring(11, 8), ring(1, 8)):  # pairs, halves twice, blobs, bands
        assert mean_score(wrong) < 0.65 * truth
    for merged in (np.zeros(SHAPE, int), np.where(IN_RING, 2, np.where(RADIUS <= 85, 1, 0))):
        assert REWARD.evaluate(drawn(merged)).segment_score.max() == 0


def test_bands_along_the_ring_of_the_right_size_earn_nothing() -> None:
    """The degenerate solution without the direction: right length, right width, across the radius."""
    bands = ring(11, 8)
    result = REWARD.evaluate(drawn(bands))
    length, width, direction = (np.mean(result.terms[f"foreground/{t}"][2:]) for t in ("length", "width", "direction"))
    assert min(length, width) > 0.7
    assert direction < 0.01
