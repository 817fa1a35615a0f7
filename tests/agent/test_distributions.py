import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal, TransformedDistribution
from torch.distributions.transforms import SigmoidTransform

from rlseg.agent.distributions import SquashedNormal

MU = torch.tensor([-2.5, -0.3, 0.0, 1.7], dtype=torch.float64)
STD = torch.tensor([0.05, 0.4, 1.0, 0.8], dtype=torch.float64)


def test_log_densities_equal_those_of_torch():
    policy = SquashedNormal(MU, STD)
    z = policy.rsample(torch.randn(100, 4, dtype=torch.float64))
    torch.testing.assert_close(policy.log_prob(z), Normal(MU, STD).log_prob(z))
    squashed = TransformedDistribution(Normal(MU, STD), [SigmoidTransform()])
    torch.testing.assert_close(policy.log_prob(z, jacobian=True), squashed.log_prob(policy.action(z)))


@pytest.mark.parametrize("edge", range(4))
def test_the_density_of_the_action_integrates_to_one(edge):
    policy = SquashedNormal(MU[edge], STD[edge])
    a = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    density = policy.log_prob(torch.logit(a), jacobian=True).exp()
    assert density.mean().item() == pytest.approx(1.0, abs=1e-4)


def test_the_entropy_is_minus_the_mean_log_density():
    policy = SquashedNormal(MU, STD)
    z = policy.rsample(torch.randn(200_000, 4, dtype=torch.float64))
    torch.testing.assert_close(-policy.log_prob(z).mean(0), policy.entropy(), atol=0.01, rtol=0)
    torch.testing.assert_close(policy.entropy(), Normal(MU, STD).entropy())


FAR = [-1e4, -200.0, -88.0, -20.0, 0.0, 20.0, 88.0, 200.0, 1e4]


@given(st.floats(-20, 20), st.floats(0.01, 10), st.sampled_from(FAR))
def test_extremes_stay_finite_with_finite_gradients(mu, std, z):
    mean, deviation = torch.tensor(mu, requires_grad=True), torch.tensor(std, requires_grad=True)
    value = torch.tensor(z, requires_grad=True)
    policy = SquashedNormal(mean, deviation)
    log_prob = policy.log_prob(value, jacobian=True)
    log_prob.backward()
    assert math.isfinite(log_prob.item())
    assert all(math.isfinite(t.grad.item()) for t in (mean, deviation, value))
    assert 0 <= policy.action(value).item() <= 1


def test_sampling_is_the_given_noise_scaled_and_differentiable():
    mu, std = MU.clone().requires_grad_(), STD.clone().requires_grad_()
    noise = torch.randn(3, 4, dtype=torch.float64)
    z = SquashedNormal(mu, std).rsample(noise)
    assert torch.equal(z, MU + STD * noise)
    z.sum().backward()
    torch.testing.assert_close(mu.grad, torch.full_like(MU, 3.0))
    torch.testing.assert_close(std.grad, noise.sum(0))


def test_the_mode_is_the_median_of_the_action():
    policy = SquashedNormal(MU, STD)
    actions = policy.action(policy.rsample(torch.randn(50_001, 4, dtype=torch.float64)))
    torch.testing.assert_close(actions.median(0).values, policy.mode(), atol=0.01, rtol=0)
