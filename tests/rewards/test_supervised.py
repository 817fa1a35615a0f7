"""Sub-graph Dice against plain loops, and its way to the learners."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import blobs, random_regions
from reward_text import compiled, read
from workshop import Workshop

from rlseg.data.prepare import Preparation
from rlseg.learners.base import label_rewards, reward_actions
from rlseg.rewards.supervised import dice_reward, true_cuts
from rlseg.sample import Sample, collate

TEXT = "rewards: {foreground: {terms: {size: {kind: descriptor, property: area, expected: 60, scale: 20}}}}\n"


def slow_dice(x: list[float], t: list[float]) -> float:
    size = sum(v * v for v in x) + sum(v * v for v in t)
    return 2 * sum(a * b for a, b in zip(x, t, strict=True)) / size if size else 1.0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 8), cuts=st.sampled_from([0.0, 0.3, 1.0]))
def test_dice(seed: int, size: int, cuts: float) -> None:
    rng = np.random.default_rng(seed)
    actions, truth = rng.choice([0.0, 0.2, 0.7, 1.0], (3, 20)), rng.random(20) < cuts
    subgraphs = rng.integers(0, 20, (9, size))
    found = dice_reward(actions, truth, subgraphs)
    for k in range(3):
        for s, edges in enumerate(subgraphs):
            a, t = [actions[k, e] for e in edges], [float(truth[e]) for e in edges]
            merged = slow_dice([1 - v for v in a], [1 - v for v in t])
            assert found[k, s] == pytest.approx((slow_dice(a, t) + merged) / 2, abs=1e-12)
    assert found.min() >= 0
    assert found.max() <= 1
    assert (dice_reward(truth[None].astype(float), truth, subgraphs) == 1).all()
    assert (dice_reward(1 - truth[None].astype(float), truth, subgraphs) < 1).all()
    assert dice_reward(actions, truth, np.empty((0, size), int)).shape == (3, 0)


@pytest.mark.parametrize("names", [(0, 1, 2, 3), (0, 7, 999, 1000), (5, 2_000_000_000, 3, 0)])
def test_true_cuts_are_those_of_the_majority(names: tuple[int, ...]) -> None:
    regions = random_regions(3)
    rng = np.random.default_rng(0)
    coarse = np.kron(rng.integers(0, 4, (8, 8)), np.ones((5, 7), int))
    truth = np.array(names)[coarse].astype(np.int32)
    labels = []
    for n in range(regions.num_nodes):
        inside = truth[regions.superpixels == n]
        counts = {value: int((inside == value).sum()) for value in sorted(set(inside.tolist()))}
        labels.append(max(counts, key=lambda value: counts[value]))
    expected = [labels[u] != labels[v] for u, v in regions.edge_index.T]
    assert true_cuts(regions.superpixels, truth, regions.edge_index).tolist() == expected
    assert 0 < sum(expected) < len(expected)


def samples() -> list[Sample]:
    prepare = Preparation(subgraph_sizes=(4, 9))
    made = []
    for seed in range(3):
        raw = blobs(seed, (40, 48))
        made.append(prepare(raw, f"image{seed}", (raw[0] > 400).astype(np.int32)))
    return made


def test_labels_are_paid_where_the_file_asks_and_an_image_has_some() -> None:
    made = samples()
    made[1] = replace(made[1], truth=None)
    shop = Workshop(made, compiled(TEXT + "supervised: {weight: 3}"))
    batch = collate(made)
    actions = torch.rand(2, batch.num_edges, generator=torch.Generator().manual_seed(0))
    reward, _ = reward_actions(batch, shop.environment, actions)
    extra = label_rewards(batch, shop.environment, actions, reward)
    for size, edges in batch.subgraphs.items():
        rules = reward[:, edges].mean(2).numpy()
        owner = batch.edge_image[edges[:, 0]].numpy()
        for number, sample in enumerate(made):
            columns = owner == number
            if sample.truth is None:
                assert not extra[size][:, columns].any()
                continue
            cut = true_cuts(sample.superpixels, sample.truth, sample.edge_index)
            a, b = batch.edge_start[number : number + 2]
            dice = dice_reward(actions[:, a:b].numpy(), cut, sample.subgraphs[size])
            mixed = (rules[:, columns] + 3 * dice) / 4
            np.testing.assert_allclose((rules + extra[size].numpy())[:, columns], mixed, atol=1e-6)
            assert np.abs(mixed - rules[:, columns]).max() > 0.01


def test_without_the_section_labels_change_nothing() -> None:
    made = samples()
    bare = [replace(sample, truth=None) for sample in made]
    for learner in ("policy_gradient", "sac"):
        steps = [Workshop(s, compiled(TEXT), learner=learner).step() for s in (made, bare)]
        assert steps[0].loss == steps[1].loss
        shop = Workshop(made, compiled(TEXT + "supervised: {weight: 1}"), learner=learner)
        assert shop.step(200).loss != Workshop(made, compiled(TEXT), learner=learner).step(200).loss
    assert label_rewards(collate(bare), shop.environment, torch.zeros(1, 1), torch.zeros(1, 1)) == {}


@pytest.mark.parametrize("credit", ["subgraph", "edge"])
def test_the_policy_gradient_learns_from_labels_alone(credit: str) -> None:
    """With rules that pay everything the same, only labels can bring the actions towards the truth."""
    made = samples()
    text = "rewards: {foreground: 0.5}\nsupervised: {weight: 10}"
    shop = Workshop(made, compiled(text), policy_gradient={"credit": credit, "samples": 8})

    def agreement() -> float:
        batch = collate(made)
        state = shop.state(batch)
        with torch.no_grad():
            mu, _ = shop.learner.actor(state.nodes, state.edges, state.graph)
        cuts = [true_cuts(s.superpixels, s.truth, s.edge_index) for s in made if s.truth is not None]
        return float(((mu > 0).numpy() == np.concatenate(cuts)).mean())

    before = agreement()
    shop.train(80)
    assert agreement() > max(before + 0.03, 0.8)


def test_the_section_in_the_file() -> None:
    found = read(TEXT + "supervised: {weight: 2.5}")
    assert found.supervised is not None
    assert found.supervised.weight == 2.5
    assert read(TEXT).supervised is None
    assert "supervised" in found.resolved_yaml()
    assert "supervised" not in read(TEXT).resolved_yaml()
