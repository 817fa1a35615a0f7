import math

import pytest
import torch

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.policy_gradient import edge_advantage, leave_one_out, policy_gradient_loss

SUBGRAPHS = {2: torch.tensor([[0, 1], [1, 2]]), 3: torch.tensor([[1, 2, 3]]), 6: torch.zeros(0, 6).long()}
EDGES = 5


def slow_advantage(reward, credit):
    """Sample by sample, edge by edge, sub-graph by sub-graph."""
    samples = len(reward)
    out = torch.zeros_like(reward)
    for k in range(samples):
        others = [j for j in range(samples) if j != k]
        for e in range(EDGES):
            holding = [row for ids in SUBGRAPHS.values() for row in ids.tolist() if e in row]
            if credit == "edge" or not holding:
                holding = [[e]]
            gains = [
                reward[k, row].mean() - sum(reward[j, row].mean() for j in others) / len(others) for row in holding
            ]
            out[k, e] = sum(gains) / len(gains)
    return out


@pytest.mark.parametrize("credit", ["subgraph", "edge"])
@pytest.mark.parametrize("samples", [2, 5])
def test_advantages_equal_the_slow_sum(credit, samples):
    reward = torch.rand(samples, EDGES)
    torch.testing.assert_close(edge_advantage(reward, SUBGRAPHS, credit), slow_advantage(reward, credit))


@pytest.mark.parametrize("credit", ["subgraph", "edge"])
def test_the_gradient_equals_the_explicit_one(credit):
    mu = torch.randn(EDGES, dtype=torch.float64, requires_grad=True)
    std = (torch.rand(EDGES, dtype=torch.float64) + 0.2).requires_grad_()
    policy = SquashedNormal(mu, std)
    z, reward = policy.rsample(torch.randn(4, EDGES).double()), torch.rand(4, EDGES).double()
    loss = policy_gradient_loss(policy, z, reward, SUBGRAPHS, entropy_weight=0.01, advantage_floor=0.1, credit=credit)
    got = torch.autograd.grad(loss, (mu, std))
    advantage = slow_advantage(reward, credit)
    advantage = advantage / (advantage.std(correction=0) + 0.1)
    with torch.no_grad():
        # d log N / d mu = (z - mu) / std^2;  d log N / d std = ((z - mu)^2 / std^2 - 1) / std
        to_mu = -(advantage * (z - mu) / std**2).sum(0) / (4 * EDGES)
        to_std = -(advantage * (((z - mu) / std) ** 2 - 1) / std).sum(0) / (4 * EDGES) - 0.01 / (std * EDGES)
    torch.testing.assert_close(got, (to_mu, to_std))


def test_the_leave_one_out_estimate_is_unbiased():
    """Reward 1 above a threshold c: d E[r] / d mu = density of N(mu, std) at c. K = 2, often."""
    mu, std, threshold = (
        torch.tensor([0.3], dtype=torch.float64, requires_grad=True),
        torch.tensor([0.7]),
        0.9,
    )
    policy = SquashedNormal(mu, std.double())
    z = policy.rsample(torch.randn(2, 400_000, 1).double()).detach()
    advantage = leave_one_out((z > threshold).double().flatten(1)).view_as(z)
    (estimate,) = torch.autograd.grad((policy.log_prob(z) * advantage).mean(), mu)
    x = (threshold - 0.3) / 0.7
    truth = math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi) / 0.7
    assert estimate.item() == pytest.approx(truth, abs=0.01)


def test_a_constant_added_to_the_reward_of_all_samples_changes_nothing():
    reward, offset = torch.rand(4, EDGES), torch.randn(EDGES)
    torch.testing.assert_close(edge_advantage(reward + offset, SUBGRAPHS), edge_advantage(reward, SUBGRAPHS))


@pytest.mark.parametrize("credit", ["subgraph", "edge"])
def test_it_learns_a_bandit_of_two_edges(credit):
    """The only rewarded partition: cut edge 0, merge edge 1. Both edges are paid together."""
    noise = torch.Generator().manual_seed(1)
    mu, y = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    optimiser = torch.optim.Adam([mu, y], lr=0.05)
    for _ in range(200):
        policy = SquashedNormal(mu, 0.05 + 0.95 * torch.sigmoid(y))
        z = policy.rsample(torch.randn(16, 2, generator=noise)).detach()
        cut = policy.action(z) > 0.5
        reward = (cut[:, :1] & ~cut[:, 1:]).float().expand(-1, 2)
        optimiser.zero_grad()
        policy_gradient_loss(policy, z, reward, {2: torch.tensor([[0, 1]])}, credit=credit).backward()
        optimiser.step()
    chance_cut = 0.5 * (1 + torch.erf(policy.mu / policy.std / math.sqrt(2)))
    assert chance_cut[0] > 0.95
    assert chance_cut[1] < 0.05


def test_equal_rewards_leave_only_the_entropy_term():
    mu, std = torch.zeros(EDGES, requires_grad=True), torch.full((EDGES,), 0.5, requires_grad=True)
    policy = SquashedNormal(mu, std)
    loss = policy_gradient_loss(policy, policy.rsample(torch.randn(3, EDGES)), torch.ones(3, EDGES), SUBGRAPHS)
    loss.backward()
    assert mu.grad.abs().max() == 0
    torch.testing.assert_close(std.grad, torch.full((EDGES,), -0.003 / (0.5 * EDGES)))


def test_no_edges_give_zero_and_zero_gradients():
    mu, std = torch.zeros(3, requires_grad=True), torch.ones(3, requires_grad=True)
    loss = policy_gradient_loss(SquashedNormal(mu[:0], std[:0]), torch.zeros(4, 0), torch.zeros(4, 0), {})
    loss.backward()
    assert loss.item() == 0
    assert not mu.grad.any()
    assert not std.grad.any()


def test_one_sample_has_no_baseline():
    with pytest.raises(ValueError, match="at least 2"):
        leave_one_out(torch.zeros(1, 3))
