"""Graphs that are smaller than a sub-graph, or just as large."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from workshop import Workshop, one_superpixel

from rlseg.data.prepare import Preparation
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward

LEARNERS: dict[str, dict[str, Any]] = {
    "policy_gradient": {"learner": {"kind": "policy_gradient", "samples": 6}},
    "guided": {"learner": {"kind": "guided", "samples": 3, "imagined": 4}},
}


def stripes(edges: int) -> Sample:
    """A path of superpixels: 0 - 1 - 2 - ... - edges."""
    ids = np.repeat(np.arange(edges + 1, dtype=np.int32), 12)[None].repeat(30, 0)
    image = (np.random.default_rng(edges).random(ids.shape) + 5 * (ids % 2)).astype(np.float32)
    return Preparation(subgraph_sizes=(4, 9))(image[None], f"{edges} edges", None, ids)


@pytest.mark.parametrize(
    ("edges", "counts"), [(3, (0, 0)), (4, (1, 0)), (5, (2, 0)), (9, (None, 1))], ids=["8", "10 small", "9", "10"]
)
@pytest.mark.parametrize("learner", LEARNERS)
def test_8_9_10_few_edges(learner: str, edges: int, counts: tuple[int | None, int], reward: Reward) -> None:
    sample = stripes(edges)
    assert sample.regions.num_edges == edges
    found = [len(sample.subgraphs[size]) for size in (4, 9)]
    assert found == [f if c is None else c for f, c in zip(found, counts, strict=True)]
    shop = Workshop([sample, stripes(12)], reward, **LEARNERS[learner])
    for batch in ([sample], [sample, stripes(12)]):
        step = shop.step(samples=batch)
        step.loss.backward()
        assert torch.isfinite(step.loss)
        assert all(torch.isfinite(g).all() for g in shop.gradients().values())
        assert step.actions is not None
        assert step.actions.shape[1] == sum(s.regions.num_edges for s in batch)
    # predicted as usual
    outcome = shop.environment.step(sample, np.array([[0.9] * edges, [0.1] * edges], np.float32))
    assert [len(np.unique(row)) for row in outcome.segments.labels] == [edges + 1, 1]


@pytest.mark.parametrize("learner", LEARNERS)
def test_9_the_size_that_there_is_trains(learner: str, reward: Reward) -> None:
    sample = stripes(7)
    assert [len(sample.subgraphs[size]) > 0 for size in (4, 9)] == [True, False]
    shop = Workshop([sample], reward, **LEARNERS[learner])
    found = []
    for number in range(4):
        shop.step(number).loss.backward()
        found.append(float(shop.gradients()["actor"].abs().max()))
    assert max(found) > 0


@pytest.mark.parametrize("learner", LEARNERS)
def test_5_6_graphs_without_edges_cost_nothing(learner: str, reward: Reward) -> None:
    flat = one_superpixel()
    shop = Workshop([flat, stripes(12)], reward, **LEARNERS[learner])
    state = shop.state(collate([flat, flat]))
    assert state.batch.num_edges == 0
    step = shop.step(samples=[flat, flat])
    step.loss.backward()
    assert float(step.loss.detach()) == 0
    gradients = shop.gradients()
    assert gradients
    assert all((g == 0).all() for name, g in gradients.items() if name != "temperature")
    assert all(torch.isfinite(g).all() for g in gradients.values())
