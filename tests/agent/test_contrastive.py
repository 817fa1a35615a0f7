import numpy as np
import pytest
import torch

from rlseg.agent.contrastive import ContrastiveConfig, discriminative_loss, pair_weights


def slow_loss(pixels, superpixels, edge_index, count, config, weights):
    """The formula, word by word."""
    members = [pixels[:, superpixels == n].t() for n in range(count)]
    means = [points.mean(0) for points in members]
    pull = sum(
        sum(max(0.0, float((p - m).norm()) - config.pull_margin) ** 2 for p in points) / len(points)
        for points, m in zip(members, means, strict=True)
    )
    pairs = edge_index.t().tolist()
    push = sum(
        w * max(0.0, 2 * config.push_margin - float((means[u] - means[v]).norm())) ** 2
        for (u, v), w in zip(pairs, weights, strict=True)
    )
    size = sum(float(m.norm()) for m in means) / count
    return pull / count, push / max(len(pairs), 1), size


@pytest.fixture
def scene():
    """Five superpixels of some pixels each, in a 3-dimensional embedding."""
    superpixels = torch.cat([torch.arange(5), torch.randint(0, 5, (40,))])
    return torch.randn(3, 45) * 1.5, superpixels, torch.tensor([[0, 1, 2, 0], [1, 2, 3, 4]]), 5


@pytest.mark.parametrize("weights", [None, [0.2, 1.8, 1.5, 0.5]])
def test_it_is_the_formula(scene, weights):
    config = ContrastiveConfig(pull_margin=0.7, push_margin=1.2, size_weight=0.3)
    loss, parts = discriminative_loss(*scene, config, None if weights is None else torch.tensor(weights))
    pull, push, size = slow_loss(*scene, config, weights or [1, 1, 1, 1])
    assert parts["pull"] == pytest.approx(pull, rel=1e-4)
    assert parts["push"] == pytest.approx(push, rel=1e-4)
    assert loss.item() == pytest.approx(pull + push + 0.3 * size, rel=1e-4)
    assert min(pull, push) > 0.1


def test_within_the_margins_only_the_size_counts():
    pixels = torch.tensor([[0.0, 0.2, 5.0, 5.2]])
    scene = (pixels, torch.tensor([0, 0, 1, 1]), torch.tensor([[0], [1]]), 2)
    assert discriminative_loss(*scene, ContrastiveConfig(size_weight=0))[0].item() == 0
    weighted = discriminative_loss(*scene, ContrastiveConfig(size_weight=0.5))[0].item()
    assert weighted == pytest.approx(0.5 * (0.1 + 5.1) / 2, rel=1e-5)


def test_descent_pulls_superpixels_together_and_pushes_only_neighbours_apart(scene):
    _, superpixels, edge_index, count = scene
    pixels = torch.randn(3, 45).requires_grad_()
    config = ContrastiveConfig()
    optimizer = torch.optim.Adam([pixels], lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        discriminative_loss(pixels, superpixels, edge_index, count, config)[0].backward()
        optimizer.step()
    means = torch.stack([pixels[:, superpixels == n].mean(1) for n in range(count)])
    assert (pixels - means.t()[:, superpixels]).norm(dim=0).max() < 0.7
    u, v = edge_index
    assert (means[u] - means[v]).norm(dim=1).min() > 2.5


def test_equal_embeddings_and_graphs_without_edges_have_finite_gradients():
    for edges in (torch.tensor([[0], [1]]), torch.zeros(2, 0, dtype=torch.int64)):
        pixels = torch.zeros(2, 4, requires_grad=True)
        loss, parts = discriminative_loss(pixels, torch.tensor([0, 0, 1, 1]), edges, 2, ContrastiveConfig())
        loss.backward()
        assert torch.isfinite(pixels.grad).all()
        assert parts["push"] == pytest.approx(9.0 if edges.numel() else 0.0)


def test_pairs_that_the_guide_would_join_count_least():
    weights = pair_weights(np.array([0.1, -3.0, 7.0, 0.1]))
    np.testing.assert_allclose(weights, [1.0, 1.75, 0.25, 1.0])
    assert pair_weights(np.random.default_rng(0).normal(size=50)).mean() == pytest.approx(1)
    assert pair_weights(np.empty(0)).shape == (0,)
