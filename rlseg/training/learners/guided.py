"""Actor-critic whose actor follows a likelihood ratio, with the critic as control variate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from rlseg.agent import Actor, ControlVariate, Critic, SquashedNormal
from rlseg.agent.losses import Imagined, guided_actor_loss, policy_gradient_loss
from rlseg.environment import SegmentationEnvironment
from rlseg.training.learners.actor_critic import ActorCriticConfig, ActorCriticLearner, Tried
from rlseg.training.learners.base import Parts, State
from rlseg.training.learners.noise import standard_normal


class Guided(ActorCriticConfig):
    """Likelihood ratio with the critic as control variate, see `guided_actor_loss`.

    Attributes:
        samples: K, partitions rewarded per image and step.
        imagined: M, further partitions per image and step that are judged by the critic alone.
        edge_credit_steps: first steps, in which the actor follows the policy gradient of each edge's own reward while
            the critic learns, see `PolicyGradient`.
    """

    kind: Literal["guided"] = "guided"
    samples: Annotated[int, Field(ge=2, le=1024)] = 8
    imagined: Annotated[int, Field(ge=2, le=1024)] = 16
    edge_credit_steps: Annotated[int, Field(ge=0)] = 0

    def build(self, parts: Parts) -> GuidedLearner:
        """See `LearnerConfig.build`."""
        return GuidedLearner(parts.actor, parts.critic(), parts.sizes, self)


class GuidedLearner(ActorCriticLearner):
    """The critic's mean over imagined partitions takes noise out of the rewarded ones, as far as it is trusted."""

    config: Guided

    def __init__(self, actor: Actor, critic: Critic, sizes: Sequence[int], config: Guided) -> None:
        super().__init__(actor, critic, sizes, config)
        self.control = ControlVariate(sizes)

    def widened(self, policy: SquashedNormal, draw: Tensor, z: Tensor) -> Tensor:
        """The samples themselves: a likelihood ratio needs those of the policy."""
        return z.detach()

    def actor_loss(
        self, state: State, environment: SegmentationEnvironment, tried: Tried
    ) -> tuple[Tensor, dict[str, float]]:
        """Likelihood ratio of rewarded and imagined samples; at first the policy gradient."""
        scalars: dict[str, float] = {}
        if tried.number < self.config.edge_credit_steps:
            loss = policy_gradient_loss(
                tried.policy,
                tried.z.detach(),
                tried.edge_reward,
                state.batch.subgraphs,
                credit="edge",
                extra=tried.labels,
            )
        else:
            loss = self._guided(state, environment, tried)
            scalars = {f"critic/eta/{size}": float(eta) for size, eta in self._eta().items()}
        self.control.update(tried.q, tried.reward)
        return loss, scalars

    def _eta(self) -> dict[int, Tensor]:
        return self.control.eta(self.config.samples, self.config.imagined)

    def _guided(self, state: State, environment: SegmentationEnvironment, tried: Tried) -> Tensor:
        subgraphs, alpha, policy = state.batch.subgraphs, self.temperature.on_the_mean(), tried.policy
        with torch.no_grad():
            shape = (self.config.imagined, state.graph.num_edges)
            more = policy.rsample(standard_normal(shape, tried.noise, policy.mu))
            actions = SquashedNormal.action(more)
            objects = self.partition(state, environment, actions)
            nodes, edges, graph = state.nodes, state.edges, state.graph
            judged = self.critic(nodes, edges, graph, actions, subgraphs, **objects, seen=tried.seen)
        score, imagined = policy.log_prob(tried.z.detach()), Imagined(policy.log_prob(more), judged)
        return guided_actor_loss(tried.log_prob, score, tried.q, tried.reward, alpha, subgraphs, self._eta(), imagined)
