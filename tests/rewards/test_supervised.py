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
from scenes import ODD, odd
from term_properties import content
from workshop import Workshop

from rlseg.data.prepare import Preparation
from rlseg.graph.batch import collate
from rlseg.graph.sample import Sample
from rlseg.rewards.supervised import dice_reward, true_cuts
from rlseg.training.learners.rewarding import label_rewards, reward_actions

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


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 8))
def test_actions_nearer_to_the_truth_are_never_worse(seed: int, size: int) -> None:
    """Each action goes half of its way, one after the other; in the end all is right."""
    rng = np.random.default_rng(seed)
    actions, truth = rng.random((1, size)), rng.random(size) < 0.4
    paid = [dice_reward(actions, truth, np.arange(size)[None])[0, 0]]
    for e in rng.permutation(size):
        actions[0, e] = (actions[0, e] + truth[e]) / 2
        paid.append(dice_reward(actions, truth, np.arange(size)[None])[0, 0])
    paid.append(dice_reward(truth[None].astype(float), truth, np.arange(size)[None])[0, 0])
    assert (np.diff(paid) >= -1e-12).all()
    assert paid[-1] == 1


def check_cuts(superpixels: np.ndarray, truth: np.ndarray, edge_index: np.ndarray) -> list[bool]:
    """Each superpixel belongs to the label that covers most of it, the smaller of two that cover as much."""
    labels = []
    for n in range(superpixels.max() + 1):
        inside = truth[superpixels == n]
        counts = {value: int((inside == value).sum()) for value in sorted(set(inside.tolist()))}
        labels.append(max(counts, key=lambda value: counts[value]))
    expected = [labels[u] != labels[v] for u, v in edge_index.T]
    assert true_cuts(superpixels, truth.astype(np.int32), edge_index).tolist() == expected
    return expected


@pytest.mark.parametrize("names", [(0, 1, 2, 3), (0, 7, 999, 1000), (5, 2_000_000_000, 3, 0)])
def test_true_cuts_are_those_of_the_majority(names: tuple[int, ...]) -> None:
    regions = random_regions(3)
    coarse = np.kron(np.random.default_rng(0).integers(0, 4, (8, 8)), np.ones((5, 7), int))
    expected = check_cuts(regions.superpixels, np.array(names)[coarse], regions.edge_index)
    assert 0 < sum(expected) < len(expected)


@pytest.mark.parametrize("name", ODD)
def test_true_cuts_of_odd_objects(name: str) -> None:
    """Superpixels along the outlines, and others that know nothing of them."""
    along = odd(name).regions
    assert check_cuts(along.superpixels, ODD[name], along.edge_index) == [
        ODD[name][along.superpixels == u][0] != ODD[name][along.superpixels == v][0] for u, v in along.edge_index.T
    ]
    other = random_regions(0, shape=ODD[name].shape, count=20)
    check_cuts(other.superpixels, ODD[name], other.edge_index)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
def test_true_cuts_do_not_depend_on_names_and_place(seed: int, row: int, column: int) -> None:
    """Of superpixels, of labels, and of where in the image they are."""
    rng = np.random.default_rng(seed)
    number = rng.permutation(41)
    found = []
    for place in ((1, 1), (row, column)):
        _, ids, _ = content(seed, *place)
        truth = np.zeros(ids.shape, int)
        coarse = np.kron(np.random.default_rng(seed).integers(0, 4, (4, 4)), np.ones((6, 8), int))
        truth[place[0] : place[0] + 24, place[1] : place[1] + 32] = coarse
        edges = np.array([(u, v) for u in range(ids.max()) for v in range(u + 1, ids.max())]).T
        found.append(true_cuts(ids, truth.astype(np.int32), edges))
        # other numbers in the same order, for of equal shares the smaller label counts
        renamed = np.array([3, 50, 700, 2000])[truth].astype(np.int32)
        found.append(true_cuts(number[ids].astype(np.int32), renamed, number[edges]))
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


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
    for learner in ({"kind": "policy_gradient"}, {"kind": "guided"}):
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
    shop = Workshop(made, compiled(text), learner={"kind": "policy_gradient", "credit": credit, "samples": 8})

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
