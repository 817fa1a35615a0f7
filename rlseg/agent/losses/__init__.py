"""What the networks minimise, as pure functions."""

from __future__ import annotations

from rlseg.agent.losses.policy_gradient import policy_gradient_loss
from rlseg.agent.losses.slopes import correlation, likelihood_ratio_slope, pathwise_slope
from rlseg.agent.losses.soft_actor_critic import (
    Imagined,
    critic_loss,
    explore,
    guided_actor_loss,
    pathwise_actor_loss,
    within_state_r2,
)

__all__ = [
    "Imagined",
    "correlation",
    "critic_loss",
    "explore",
    "guided_actor_loss",
    "likelihood_ratio_slope",
    "pathwise_actor_loss",
    "pathwise_slope",
    "policy_gradient_loss",
    "within_state_r2",
]
