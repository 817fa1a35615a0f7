"""The critic-free learner over the environment."""

from __future__ import annotations

import torch
from torch import nn

from rlseg.agent.actor import Actor
from rlseg.agent.config import PolicyGradientConfig
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.policy_gradient import policy_gradient_loss
from rlseg.environment.environment import SegmentationEnvironment
from rlseg.training.learners.base import Learner, State, Step, label_rewards, reward_actions, standard_normal


class PolicyGradientLearner(Learner):
    """Leave-one-out policy gradient (see `agent.losses.policy_gradient`); one optimiser for actor and features."""

    def __init__(self, actor: Actor, config: PolicyGradientConfig) -> None:
        super().__init__()
        self.actor = actor
        self.config = config

    def parameter_groups(self) -> dict[str, tuple[list[nn.Parameter], float]]:
        """One optimiser."""
        return {"actor": (list(self.actor.parameters()), self.config.lr)}

    def step(
        self,
        state: State,
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
        progress: float,
    ) -> Step:
        """See `Learner.step`."""
        policy = SquashedNormal(*self.actor(state.nodes, state.edges, state.graph))
        with torch.no_grad():
            z = policy.rsample(standard_normal((self.config.samples, state.graph.num_edges), noise, policy.mu))
            actions = SquashedNormal.action(z)
        reward, outcomes = reward_actions(state.batch, environment, actions)
        loss = policy_gradient_loss(
            policy,
            z,
            reward,
            state.batch.subgraphs,
            entropy_weight=self.config.entropy,
            advantage_floor=self.config.advantage_floor,
            credit="edge" if number < self.config.edge_credit_steps else self.config.credit,
            extra=label_rewards(state.batch, environment, actions, reward),
        )
        scalars = {
            "loss/actor": float(loss.detach()),
            "policy/std": float(policy.std.detach().mean()) if state.graph.num_edges else 0.0,
            "reward/train": float(reward.mean()) if reward.numel() else 0.0,
        }
        return Step(loss, scalars, actions, outcomes)
