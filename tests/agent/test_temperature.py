import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlseg.agent.config import TemperatureConfig
from rlseg.agent.temperature import Temperature, target_entropy

CONFIG = TemperatureConfig(alpha_init=0.01, alpha_min=0.001, alpha_max=0.05)


@given(st.lists(st.floats(-2, 3), min_size=2, max_size=5))
def test_the_target_falls_with_the_reward_between_its_ends(rewards):
    reward = torch.tensor(sorted(rewards))
    target = target_entropy(reward, 0.05, 2.0, 1.5)
    assert (target.diff() <= 1e-6).all()
    assert ((target >= 0.05 - 1e-6) & (target <= 2.0 + 1e-6)).all()


def test_the_target_at_its_corners():
    reward = torch.tensor([-1.0, 0.0, 0.75, 1.5, 9.0])
    expected = torch.tensor([2.0, 2.0, 1.025, 0.05, 0.05])
    torch.testing.assert_close(target_entropy(reward, 0.05, 2.0, 1.5), expected)


def test_the_loss_and_its_gradient_equal_the_explicit_sum():
    temperature = Temperature([4, 2, 9], CONFIG)
    assert temperature.sizes == (2, 4, 9)
    entropy = {2: torch.rand(3, 5), 4: torch.rand(3, 2)}
    reward = {2: torch.rand(3, 5), 4: torch.rand(3, 2)}
    loss = temperature.loss(entropy, reward)
    loss.backward()
    gaps = {k: (entropy[k] - 0.5 * (1 - reward[k])).sum() / 21 for k in (2, 4)}
    expected = torch.stack([gaps[2], gaps[4], torch.tensor(0.0)])
    torch.testing.assert_close(temperature.log_alpha.grad, expected)
    torch.testing.assert_close(loss.detach(), math.log(0.01) * (gaps[2] + gaps[4]))


@pytest.mark.parametrize(("entropy", "rises"), [(-1.0, True), (2.0, False)])
def test_alpha_rises_when_the_policy_is_too_sure_and_falls_when_it_is_too_loose(entropy, rises):
    temperature = Temperature([2], CONFIG)
    optimiser = torch.optim.Adam(temperature.parameters(), lr=0.01)
    temperature.loss({2: torch.full((1, 3), entropy)}, {2: torch.rand(4, 3)}).backward()
    optimiser.step()
    assert (temperature.alpha()[2].item() > 0.01) is rises


@pytest.mark.parametrize("entropy", [-5.0, 5.0])
def test_bounds_hold_at_absurd_rates_and_alpha_comes_back(entropy):
    temperature = Temperature([2], CONFIG)
    optimiser = torch.optim.SGD(temperature.parameters(), lr=1.0)
    for _ in range(50):
        optimiser.zero_grad()
        temperature.loss({2: torch.full((1, 3), entropy)}, {2: torch.rand(4, 3)}).backward()
        optimiser.step()
        assert 0.001 - 1e-8 <= temperature.alpha()[2].item() <= 0.05 + 1e-8
        temperature.project()
    at_bound = temperature.alpha()[2].item()
    assert at_bound == pytest.approx(0.05 if entropy < 0 else 0.001, rel=1e-5)
    optimiser.zero_grad()
    temperature.loss({2: torch.full((1, 3), -entropy)}, {2: torch.rand(4, 3)}).backward()
    optimiser.step()
    assert temperature.alpha()[2].item() != pytest.approx(at_bound, rel=0.01)


@pytest.mark.parametrize("values", [{}, {2: torch.zeros(3, 0)}])
def test_no_sub_graphs_give_a_zero_gradient(values):
    temperature = Temperature([2], CONFIG)
    temperature.loss(values, values).backward()
    assert temperature.log_alpha.grad.tolist() == [0.0]
    assert not temperature.alpha()[2].requires_grad
