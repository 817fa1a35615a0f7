"""The slope of a policy's value with respect to its means, estimated in two ways, to compare them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.soft_actor_critic import Values, likelihood_ratio
from rlseg.agent.subgraph_means import Subgraphs, flatten, mean_or_zero


def pathwise_slope(policy: SquashedNormal, noise: Tensor, value: Callable[[Tensor], Values]) -> Tensor:
    """Derivative of the mean of Q over samples and sub-graphs, through the actions: what Eq. 2 follows.

    As good as the derivative of Q is; it says nothing of the rewards themselves.

    Args:
        policy: of E edges; taken as constant.
        noise: (K, E) standard normal, the samples.
        value: (K, E) actions, with gradients, to size k -> (K, S_k).

    Returns:
        (E,), with respect to mu.
    """
    with torch.enable_grad():
        mu = policy.mu.detach().clone().requires_grad_()
        actions = SquashedNormal.action(SquashedNormal(mu, policy.std.detach()).rsample(noise))
        mean = mean_or_zero(flatten(value(actions), len(noise)))
        return _slope(mean, mu)


def likelihood_ratio_slope(policy: SquashedNormal, noise: Tensor, reward: Values, subgraphs: Subgraphs) -> Tensor:
    """Derivative of the mean reward over samples and sub-graphs, by the likelihood ratio: unbiased, and noisy.

    Args:
        policy: of E edges; taken as constant.
        noise: (K, E) standard normal, the samples, K >= 2.
        reward: size k -> (K, S_k), of these samples.
        subgraphs: size k -> (S_k, k) edge ids.

    Returns:
        (E,), with respect to mu.
    """
    with torch.enable_grad():
        mu = policy.mu.detach().clone().requires_grad_()
        moving = SquashedNormal(mu, policy.std.detach())
        return _slope(likelihood_ratio(moving.log_prob(moving.rsample(noise).detach()), reward, subgraphs), mu)


def correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's, of two (E,) tensors; 0 where one of them does not vary."""
    a, b = (values.double() - values.double().mean() if len(values) else values.double() for values in (one, other))
    length = a.norm() * b.norm()
    return float(a @ b / length) if length > 0 else 0.0


def _slope(mean: Tensor, mu: Tensor) -> Tensor:
    if not mean.requires_grad:  # there is no sub-graph
        return torch.zeros_like(mu)
    (found,) = torch.autograd.grad(mean, mu, materialize_grads=True)
    return found
