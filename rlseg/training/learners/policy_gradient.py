"""The critic-free learner over the environment."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import nn

from rlseg.agent import Actor, LearningRate, NonNegative, SquashedNormal
from rlseg.agent.losses import policy_gradient_loss
from rlseg.environment import SegmentationEnvironment
from rlseg.training.learners.base import Learner, LearnerConfig, Parts, State, Step
from rlseg.training.learners.noise import standard_normal
from rlseg.training.learners.rewarding import label_rewards, reward_actions


class PolicyGradient(LearnerConfig):
    """Leave-one-out policy gradient.

    Attributes:
        samples: K, partitions rewarded per image and step.
        entropy: weight of mean(log std).
        advantage_floor: added to the standard deviation that divides the advantages.
        credit: whether an edge is paid by the sub-graphs that hold it or by its own reward.
        edge_credit_steps: steps after the imitation, if any, in which it is its own reward whatever the credit. From
            untrained networks most neighbours of an edge are wrong, and what they are paid says little about it.
    """

    kind: Literal["policy_gradient"] = "policy_gradient"
    lr: LearningRate = 1e-3
    samples: Annotated[int, Field(ge=2, le=1024)] = 16
    entropy: NonNegative = 0.003
    advantage_floor: Annotated[float, Field(gt=0)] = 0.06
    credit: Literal["subgraph", "edge"] = "subgraph"
    edge_credit_steps: Annotated[int, Field(ge=0)] = 0

    def build(self, parts: Parts) -> PolicyGradientLearner:
        """See `LearnerConfig.build`."""
        return PolicyGradientLearner(parts.actor, self)


class PolicyGradientLearner(Learner):
    """Leave-one-out policy gradient (see `agent.losses.policy_gradient`); one optimiser for actor and features."""

    def __init__(self, actor: Actor, config: PolicyGradient) -> None:
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
