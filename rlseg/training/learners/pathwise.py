"""The paper's form: the actor's gradient goes through the critic (Eq. 2)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from rlseg.agent import Actor, Critic, Share, SquashedNormal, call_frozen, polyak_update
from rlseg.agent.losses import critic_loss, explore, pathwise_actor_loss
from rlseg.environment import SegmentationEnvironment
from rlseg.training.learners.actor_critic import ActorCriticConfig, ActorCriticLearner, Tried
from rlseg.training.learners.base import Parts, State, Step
from rlseg.training.learners.diagnosis import diagnose
from rlseg.training.learners.own_features import OwnFeatures

NEAR_BOUND = 0.95
"""Share of mu_bound beyond which a mean counts as saturated: its derivative is then less than a tenth of that at 0."""


class Pathwise(ActorCriticConfig):
    """Eq. 2: gradient through the critic.

    Attributes:
        exploration_std, exploration_share: share of the samples drawn with at least this standard deviation.
        target_critic, tau, tau_every: actor sees a slow copy of the critic, moved by tau every tau_every
            steps.
        target_features: likewise of the pixel feature network, if there is one that learns; predictions see that copy.
        environment_every: of so many steps after the warm-up one tries and rewards partitions; in the others critic,
            actor and temperature learn from the replay alone. 1: every step does.
        diagnose_every, diagnose_samples: of so many steps one (0: none) rewards so many more partitions of one image,
            to log how good the critic and its slope are there, see `diagnose`.
    """

    kind: Literal["pathwise"] = "pathwise"
    exploration_std: Annotated[float, Field(gt=0)] = 1.5
    exploration_share: Share = 0.0
    target_critic: bool = False
    target_features: bool = False
    tau: Annotated[float, Field(gt=0, le=1)] = 0.005
    tau_every: Annotated[int, Field(ge=1)] = 5
    environment_every: Annotated[int, Field(ge=1)] = 1
    diagnose_every: Annotated[int, Field(ge=0)] = 0
    diagnose_samples: Annotated[int, Field(ge=4, le=1024)] = 64

    @model_validator(mode="after")
    def _with_something_to_remember(self) -> Self:
        if self.environment_every > 1 and not self.replay_capacity:
            raise ValueError("environment_every is above 1: the other steps need a replay, set replay_capacity")
        if self.target_features and not self.target_critic:
            raise ValueError("target_features needs target_critic: a critic is copied with the features that it knows")
        return self

    def build(self, parts: Parts) -> PathwiseLearner:
        """See `LearnerConfig.build`."""
        features = OwnFeatures(parts.unet) if self.target_features and parts.unet is not None else None
        return PathwiseLearner(parts.actor, parts.critic(), parts.sizes, self, features)


class PathwiseLearner(ActorCriticLearner):
    """The actor climbs the critic, or its slow copy; some of the tried samples are wider than the policy."""

    config: Pathwise

    def __init__(
        self,
        actor: Actor,
        critic: Critic,
        sizes: Sequence[int],
        config: Pathwise,
        features: OwnFeatures | None = None,
    ) -> None:
        super().__init__(actor, critic, sizes, config, features)
        self.target = copy.deepcopy(critic).requires_grad_(False) if config.target_critic else None

    def rehearse(
        self,
        images: int,
        recall: Callable[[Sequence[str]], State],
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
    ) -> Step | None:
        """Eq. 4 on as many stored partitions as there are images, Eq. 2 and the temperature on their states."""
        config = self.config
        if self.replay is None or number < config.warmup_steps or (number + 1) % config.environment_every == 0:
            return None
        judged = self.judge_past(images, recall, environment, noise)
        if judged is None:
            return None
        loss = critic_loss(judged.q, judged.reward, config.mse_weight, config.centred_weight)
        state = judged.state
        policy, draw = self.sampled(state, noise)
        z = policy.rsample(draw)
        tried = Tried(
            policy,
            z,
            -policy.surprise(z, config.density),
            judged.q,
            judged.reward,
            judged.edge_reward,
            judged.labels,
            judged.objects,
            None,
            number,
            noise,
            past=True,
        )
        of_actor, more = self.taught(state, environment, tried)
        scalars = {
            "loss/critic": float(loss.detach()),
            "policy/std": float(policy.std.detach().mean()) if state.graph.num_edges else 0.0,
        }
        return Step(loss + of_actor, scalars | more)

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
        if self.config.exploration_share or tried.past:
            # what was rewarded was widened, or is of earlier; these are not: other actions, other objects
            objects = self.partition(state, environment, actions)
        q = self._climbed(state, objects, actions)
        alpha, every = self.temperature.on_the_mean(), self.config.diagnose_every
        loss = pathwise_actor_loss(tried.log_prob, q, alpha, state.batch.subgraphs)
        scalars = self._spread(tried)
        if every and (tried.number + 1) % every == 0:
            scalars |= self._diagnosis(state, environment, tried.noise)
        return loss, scalars

    def _climbed(self, state: State, objects: dict[str, Tensor], actions: Tensor) -> dict[int, Tensor]:
        """What the actor climbs: Q with gradients to the actions alone."""
        judge = self.critic if self.target is None else self.target
        nodes, edges, subgraphs = state.nodes.detach(), state.edges.detach(), state.batch.subgraphs
        q: dict[int, Tensor] = call_frozen(judge, nodes, edges, state.graph, actions, subgraphs, **objects)
        return q

    @torch.no_grad()
    def _spread(self, tried: Tried) -> dict[str, float]:
        """Entropy per edge in nats, and the share of means near their bounds."""
        mu = tried.policy.mu
        if not len(mu):
            return {"policy/entropy": 0.0, "policy/saturated": 0.0}
        near = mu.abs() > NEAR_BOUND * self.actor.config.mu_bound
        return {"policy/entropy": -float(tried.log_prob.mean()), "policy/saturated": float(near.float().mean())}

    @torch.no_grad()
    def _diagnosis(
        self, state: State, environment: SegmentationEnvironment, noise: torch.Generator
    ) -> dict[str, float]:
        if not state.batch.samples:
            return {}
        one = state.recall([state.batch.samples[0].name])
        policy, seen = SquashedNormal(*self.actor(one.nodes, one.edges, one.graph)), self.seen_by_critic(one)

        def judged(actions: Tensor) -> dict[int, Tensor]:
            objects = self.partition(one, environment, actions)
            q: dict[int, Tensor] = self.critic(*seen, one.graph, actions, one.batch.subgraphs, **objects)
            return q

        def climbed(actions: Tensor) -> dict[int, Tensor]:
            return self._climbed(one, self.partition(one, environment, actions), actions)

        return diagnose(one, policy, judged, climbed, environment, self.config.diagnose_samples, noise)

    def after_step(self, number: int) -> None:
        """Keep the temperature in its bounds and move the slow copies."""
        super().after_step(number)
        if self.target is not None and number % self.config.tau_every == 0:
            polyak_update(self.target, self.critic, self.config.tau)
            if self.features is not None:
                self.features.followed(self.config.tau)
