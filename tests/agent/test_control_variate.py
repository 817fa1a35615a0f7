import pytest
import torch

from rlseg.agent.control_variate import ControlVariate


def test_before_anything_is_known_the_critic_counts_for_nothing():
    assert ControlVariate([3, 1]).eta(4, 16) == {1: 0, 3: 0}


def test_the_weight_leaves_the_least_variance():
    """Against a search over eta of Var(r - eta Q) / K + eta^2 Var(Q) / M."""
    torch.manual_seed(0)
    r = torch.randn(6, 500)
    q = 0.8 * r + 0.5 * torch.randn(6, 500) + 10 * torch.rand(500)
    control = ControlVariate([2])
    control.update({2: q}, {2: r})
    centred_q, centred_r = q - q.mean(0), r - r.mean(0)
    candidates = torch.linspace(0, 1, 1001)
    rewarded, imagined = 4, 12
    cost = [
        (centred_r - eta * centred_q).square().mean() / rewarded + eta**2 * centred_q.square().mean() / imagined
        for eta in candidates
    ]
    best = candidates[torch.stack(cost).argmin()].item()
    assert control.eta(rewarded, imagined)[2].item() == pytest.approx(best, abs=2e-3)
    assert 0.3 < best < 0.9


def test_a_misleading_critic_is_not_listened_to_and_a_timid_one_not_beyond_its_word():
    r = torch.randn(5, 50)
    control = ControlVariate([1, 2])
    control.update({1: -r, 2: 0.1 * r}, {1: r, 2: r})
    assert control.eta(4, 16) == {1: 0, 2: 1}


def test_sizes_without_sub_graphs_and_rewards_that_do_not_vary_change_nothing():
    control = ControlVariate([1, 2])
    control.update({1: torch.zeros(4, 0), 2: torch.ones(4, 3)}, {1: torch.zeros(4, 0), 2: torch.ones(4, 3)})
    assert control.eta(4, 16) == {1: 0, 2: 0}


def test_old_steps_are_forgotten():
    r = torch.randn(5, 50)
    control = ControlVariate([1], decay=0.5)
    control.update({1: -r}, {1: r})
    for _ in range(20):
        control.update({1: r}, {1: r})
    assert control.eta(1, 10**6)[1].item() == pytest.approx(1.0, abs=1e-3)
