"""Ten thousand random cases of what all rests on: partitions, rewards, metrics, the reader of reward files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from partitions import looked_at, random_regions
from reward_edits import EDITS, Edit, edited
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from rlseg.environment.partition import solve_multicut
from rlseg.metrics import pooled, score_image, superpixel_ceiling
from rlseg.rewards.language.errors import RewardFileError
from rlseg.rewards.language.load import load_reward, parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CASES = settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32 - 1)


def random_graph(rng: np.random.Generator) -> tuple[int, np.ndarray]:
    nodes = int(rng.integers(1, 40))
    pairs = np.stack(np.triu_indices(nodes, 1))
    chosen = rng.random(pairs.shape[1]) < rng.random()
    return nodes, pairs[:, chosen].astype(np.int64)


@CASES
@given(SEEDS)
def test_partitions(seed: int) -> None:
    """Segments hang together, are numbered from 0, come out the same again, and cost no more than separate nodes."""
    rng = np.random.default_rng(seed)
    nodes, edges = random_graph(rng)
    kinds = [
        rng.random(edges.shape[1]),
        rng.integers(0, 2, edges.shape[1]).astype(float),
        np.full(edges.shape[1], 0.5),
    ]
    actions = np.stack(kinds)
    labels = solve_multicut(nodes, edges, actions)
    assert (labels == solve_multicut(nodes, edges, actions)).all()
    for action, row in zip(actions, labels, strict=True):
        assert 0 <= row.min() <= row.max() < nodes
        same = row[edges[0]] == row[edges[1]]
        u, v = edges[:, same]
        pieces = connected_components(coo_matrix((np.ones(len(u)), (u, v)), (nodes, nodes)), directed=False)[0]
        assert pieces == len(np.unique(row))
        kept = np.log((1 - action.clip(1e-3, 1 - 1e-3)) / action.clip(1e-3, 1 - 1e-3))[same].sum()
        assert kept >= -1e-6


# those that need no picture of what the objects look like, nor a place that these small images do not have
REWARDS = [
    Reward(load_reward(str(path)), pixel_size=1.0)
    for path in sorted((ROOT / "rewards").glob("*.yaml"))
    if path.stem in ("nuclei", "nuclei_paper", "circles", "circles_paper", "cells")
]


@CASES
@given(SEEDS)
def test_rewards(seed: int) -> None:
    """Whatever the segments are: scores are numbers in [0, 1], the same for a batch and alone, blind to numbering."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 24)), int(rng.integers(1, 24)))
    regions = looked_at(random_regions(seed, shape, count=int(rng.integers(1, 20)), channels=1))
    labels = rng.integers(0, rng.integers(1, 8), (2, regions.num_nodes))
    reward = REWARDS[seed % len(REWARDS)]
    both = reward.evaluate(Segments(regions, labels))
    assert np.isfinite(both.edge_score).all()
    assert (both.edge_score >= 0).all()
    assert (both.edge_score <= 1 + 1e-9).all()
    assert (both.segment_score >= 0).all()
    assert (both.segment_score <= 1 + 1e-9).all()
    renamed = rng.permutation(8)[labels[:1]]
    alone = reward.evaluate(Segments(regions, renamed))
    np.testing.assert_allclose(alone.edge_score[0], both.edge_score[0], atol=1e-9)


@CASES
@given(SEEDS)
def test_metrics(seed: int) -> None:
    """Scores lie within their bounds, are perfect for the truth, and do not know how objects are numbered."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 12)), int(rng.integers(1, 12)))
    truth = rng.integers(0, rng.integers(1, 6), shape).astype(np.int32)
    found = np.where(rng.random(shape) < 0.3, rng.integers(0, 5, shape), truth).astype(np.int32)
    score = score_image(found, truth)
    numbers = np.concatenate([[0], 1 + rng.permutation(6)]).astype(np.int32)
    other = score_image(numbers[found], numbers[truth])
    for name, value in score.summary.as_dict().items():
        assert np.isfinite(value), name
        assert value >= -1e-12, name
        assert value == pytest.approx(other.summary.as_dict()[name], abs=1e-9), name
        if not name.startswith("vi"):
            assert value <= 1 + 1e-12, name
    perfect = score_image(truth, truth).summary
    assert perfect.vi_split == perfect.vi_merge == 0
    assert perfect.mean_ap == 1
    assert pooled([score, score]).mean_ap == pytest.approx(pooled([score]).mean_ap)
    superpixels = rng.integers(0, 9, shape).astype(np.int32)
    ceiling = superpixel_ceiling(np.unique(superpixels, return_inverse=True)[1].reshape(shape), truth)
    assert set(np.unique(ceiling)) <= set(np.unique(truth))


SHIPPED = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "rewards").glob("*.yaml"))]


@CASES
@given(st.sampled_from(SHIPPED), EDITS)
def test_reward_files(text: str, edits: list[Edit]) -> None:
    """Damaged files load, or are refused with a report; nothing else."""
    try:
        file = parse_reward(edited(text, edits), "edited.yaml")
    except RewardFileError as error:
        str(error).encode()
        assert error.problems  # noqa: PT017 - the file may also be right
    else:
        assert parse_reward(file.resolved_yaml()) == file
