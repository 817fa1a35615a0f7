"""The paper's form: the actor's gradient goes through the critic (Eq. 2)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from rlseg.agent import Actor, Critic, Share, SquashedNormal, call_frozen, polyak_update
from rlseg.agent.losses import explore, pathwise_actor_loss
from rlseg.environment import SegmentationEnvironment
from rlseg.training.learners.actor_critic import ActorCriticConfig, ActorCriticLearner, Tried
from rlseg.training.learners.base import Parts, State


class Pathwise(ActorCriticConfig):
    """Eq. 2: gradient through the critic.

    Attributes:
        exploration_std, exploration_share: share of the samples drawn with at least this standard deviation.
        target_critic, tau, tau_every: actor sees a slow copy of the critic, moved by tau every tau_every
            steps.
    """

    kind: Literal["pathwise"] = "pathwise"
    exploration_std: Annotated[float, Field(gt=0)] = 1.5
    exploration_share: Share = 0.0
    target_critic: bool = False
    tau: Annotated[float, Field(gt=0, le=1)] = 0.005
    tau_every: Annotated[int, Field(ge=1)] = 5

    def build(self, parts: Parts) -> PathwiseLearner:
        """See `LearnerConfig.build`."""
        return PathwiseLearner(parts.actor, parts.critic(), parts.sizes, self)


class PathwiseLearner(ActorCriticLearner):
    """The actor climbs the critic, or its slow copy; some of the tried samples are wider than the policy."""

    config: Pathwise

    def __init__(self, actor: Actor, critic: Critic, sizes: Sequence[int], config: Pathwise) -> None:
        super().__init__(actor, critic, sizes, config)
        self.target = copy.deepcopy(critic).requires_grad_(False) if config.target_critic else None

    def widened(self, policy: SquashedNormal, draw: Tensor, z: Tensor) -> Tensor:
        """A share of the samples with a larger standard deviation, see `explore`."""
        if self.config.exploration_share:
            return explore(policy, draw, self.config.exploration_std, self.config.exploration_share)
        return z.detach()

    def actor_loss(
        self, state: State, environment: SegmentationEnvironment, tried: Tried
    ) -> tuple[Tensor, dict[str, float]]:
        """Eq. 2 through the critic, or its slow copy."""
        actions, objects = SquashedNormal.action(tried.z), tried.objects
        if self.config.exploration_share:
            # the rewarded samples were widened, these were not: other actions, other objects
            objects = self.partition(state, environment, actions)
        judge = self.critic if self.target is None else self.target
        nodes, edges, subgraphs = state.nodes.detach(), state.edges.detach(), state.batch.subgraphs
        q = call_frozen(judge, nodes, edges, state.graph, actions, subgraphs, **objects)
        return pathwise_actor_loss(-tried.policy.entropy().unsqueeze(0), q, self.temperature.alpha(), subgraphs), {}

    def after_step(self, number: int) -> None:
        """Keep the temperature in its bounds and move the slow critic."""
        super().after_step(number)
        if self.target is not None and number % self.config.tau_every == 0:
            polyak_update(self.target, self.critic, self.config.tau)
