import numpy as np
import pytest
import torch

from rlseg.agent.actor import Actor
from rlseg.agent.config import ActorConfig
from rlseg.agent.union_graph import UnionGraph

CONFIG = ActorConfig(width=16, mu_bound=2.0, std_min=0.1, std_max=0.7)


def test_the_policy_does_not_know_which_end_comes_first(pair):
    actor = Actor(5, 2, CONFIG)
    nodes, edges = torch.randn(7, 5), torch.randn(6, 2)
    turned = UnionGraph(pair.edge_index.flip(0), pair.node_image, pair.edge_image, 2)
    for one, other in zip(actor(nodes, edges, pair), actor(nodes, edges, turned), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_images_of_a_batch_do_not_see_each_other(pair):
    actor = Actor(5, 2, CONFIG)
    nodes, edges = torch.randn(7, 5), torch.randn(6, 2)
    mu, std = actor(nodes, edges, pair)
    triangle = UnionGraph.single(pair.edge_index[:, :3], 3)
    path = UnionGraph.single(pair.edge_index[:, 3:] - 3, 4)
    apart = [actor(nodes[:3], edges[:3], triangle), actor(nodes[3:], edges[3:], path)]
    torch.testing.assert_close(mu, torch.cat([m for m, _ in apart]))
    torch.testing.assert_close(std, torch.cat([s for _, s in apart]))


def test_the_order_of_the_edges_does_not_matter(kite):
    actor = Actor(5, 2, CONFIG)
    nodes, edges = torch.randn(6, 5), torch.randn(6, 2)
    order = torch.randperm(6)
    shuffled = UnionGraph.single(kite.edge_index[:, order], 6)
    mu, _ = actor(nodes, edges, kite)
    torch.testing.assert_close(mu[order], actor(nodes, edges[order], shuffled)[0])


@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_bounds_hold_however_large_the_features(kite, scale):
    actor = Actor(5, 2, CONFIG)
    mu, std = actor(torch.randn(6, 5) * scale, torch.randn(6, 2) * scale, kite)
    (mu.sum() + std.sum()).backward()
    assert mu.abs().max() <= 2.0
    assert std.min() >= 0.1 - 1e-6
    assert std.max() <= 0.7 + 1e-6
    assert all(torch.isfinite(p.grad).all() for p in actor.parameters())


def test_features_two_steps_away_are_seen_at_depth_two_and_not_at_depth_one():
    line = UnionGraph.single(torch.tensor([[0, 1, 2], [1, 2, 3]]), 4)
    nodes, edges = torch.randn(4, 3), torch.randn(3, 1)
    far = nodes.clone()
    far[3] += 1
    for depth, seen in [(1, False), (2, True)]:
        actor = Actor(3, 1, ActorConfig(width=8, depth=depth))
        assert bool((actor(nodes, edges, line)[0][0] != actor(far, edges, line)[0][0]).item()) is seen


@pytest.mark.parametrize("edge_dim", [0, 2])
def test_graphs_without_edges_give_empty_outputs_and_zero_gradients(edgeless, edge_dim):
    actor = Actor(5, edge_dim, CONFIG)
    mu, std = actor(torch.randn(edgeless.num_nodes, 5), torch.zeros(0, edge_dim), edgeless)
    assert mu.shape == std.shape == (0,)
    (mu.sum() + std.sum()).backward()
    assert all(p.grad is not None and not p.grad.any() for p in actor.parameters())


def test_every_parameter_takes_part(kite):
    actor = Actor(5, 2, CONFIG)
    mu, std = actor(torch.randn(6, 5), torch.randn(6, 2), kite)
    (mu.sum() + std.sum()).backward()
    assert [n for n, p in actor.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("start", [-1.5, 0.0, 1.5])
def test_means_of_an_untrained_actor_lie_around_their_start(kite, start):
    with torch.no_grad():
        policies = [actor_of(seed, start)(torch.zeros(6, 5), torch.zeros(6, 2), kite) for seed in range(10)]
    mu, std = (torch.cat(parts) for parts in zip(*policies, strict=True))
    assert mu.mean().item() == pytest.approx(2 * np.tanh(start / 2), abs=0.25)
    assert std.mean().item() == pytest.approx(0.4, abs=0.1)


def actor_of(seed, start):
    torch.manual_seed(seed)
    return Actor(5, 2, ActorConfig(width=16, mu_bound=2.0, std_min=0.1, std_max=0.7, mu_start=start))
