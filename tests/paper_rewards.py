"""The shipped reward files as plain numbers, and partitions that they judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from rlseg.regions import RegionStatistics
from rlseg.rewards.language.load import load_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

REWARDS = Path(__file__).parents[1] / "rewards"


def numbers(name: str) -> dict[str, Any]:
    """The file as plain data."""
    return yaml.safe_load((REWARDS / name).read_text(encoding="utf-8"))


def evaluated(name: str, segments: Segments, actions: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(M,) rewards of segments and (K, E) rewards of edges."""
    result = Reward(load_reward(REWARDS / name)).evaluate(segments, actions)
    assert result.non_finite == 0
    return result.segment_score, result.edge_score


def random_partitions(regions: RegionStatistics, truth: np.ndarray, seed: int) -> Segments:
    """The truth, the truth with a tenth and with half of the superpixels elsewhere, and two random partitions."""
    rng = np.random.default_rng(seed)
    count = regions.num_nodes
    first = np.unique(regions.superpixels, return_index=True)[1]
    rows = [truth.ravel()[first].astype(int)]
    for share in (0.1, 0.5):
        moved = rows[0].copy()
        wrong = rng.random(count) < share
        moved[wrong] = rng.permutation(moved)[wrong]
        rows.append(moved)
    rows += [rng.integers(0, pieces, count) for pieces in (5, 60)]
    return Segments(regions, np.stack(rows))


def larger_of_both(segments: Segments, score: np.ndarray) -> np.ndarray:
    """(K, E) "the maximum value of its two incident superpixels' rewards", each having that of its object (3.2)."""
    u, v = segments.regions.edge_index
    s = score[segments.labels]
    return np.maximum(s[:, u], s[:, v])
