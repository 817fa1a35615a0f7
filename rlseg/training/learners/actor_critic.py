"""What learners with a critic have in common: the critic per sub-graph (Eq. 4), a learned temperature, a replay."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from rlseg.agent import (
    Actor,
    Critic,
    LearningRate,
    NonNegative,
    Replay,
    SquashedNormal,
    Temperature,
    TemperatureConfig,
    Transition,
    covering_mean,
    subgraph_mean,
)
from rlseg.agent.losses import critic_loss, within_state_r2
from rlseg.environment import ObjectTable, Outcome, SegmentationEnvironment
from rlseg.rewards.measure import Segments
from rlseg.training.learners.base import Learner, LearnerConfig, State, Step
from rlseg.training.learners.noise import standard_normal
from rlseg.training.learners.own_features import OwnFeatures
from rlseg.training.learners.rewarding import actions_by_image, label_rewards, reward_actions, with_labels


class ActorCriticConfig(LearnerConfig, TemperatureConfig):
    """Stateless soft actor-critic, whatever the actor learns by.

    Attributes:
        samples: K, partitions rewarded per image and step.
        warmup_steps: steps in which only the critic learns, from uniform random actions.
        mse_weight, centred_weight: weights of Eq. 4 and of the same on differences within one image.
        replay_capacity, replay_updates, replay_prioritised: transitions kept (0: none), how many times as many as a
            batch has images are added to the critic's loss of each step with a batch, and whether poorly predicted and
            seldom used ones come first. All that was tried is kept, also what was wider than the policy.
    """

    actor_lr: LearningRate = 1e-3
    critic_lr: LearningRate = 5e-3
    samples: Annotated[int, Field(ge=1, le=1024)] = 8
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    mse_weight: NonNegative = 1.0
    centred_weight: NonNegative = 3.0
    replay_capacity: Annotated[int, Field(ge=0)] = 0
    replay_updates: Annotated[int, Field(ge=0)] = 1
    replay_prioritised: bool = True

    @model_validator(mode="after")
    def _with_something_to_learn(self) -> Self:
        if self.mse_weight + self.centred_weight == 0:
            raise ValueError("mse_weight and centred_weight are both 0: the critic would not learn")
        return self


@dataclass(frozen=True)
class Tried:
    """What one step has sampled, and what it was paid.

    Attributes:
        policy: with gradients to the actor alone.
        z: (K, E) reparameterised samples before the sigmoid, with the gradients of the policy.
        log_prob: (K, E) or (1, E), of z by the density that entropies are of, see `SquashedNormal.surprise`.
        q: size k -> (K, S_k) the critic's values; reward: size k -> (K, S_k).
        edge_reward: (K, E); labels: size k -> (K, S_k), what labels add to it, if anything.
        objects: arguments of an object-aware critic for what was tried; seen: what it sees of the graph.
        number: steps made before; noise: the only source of randomness.
        past: what was tried are stored partitions, (1, E), and not z.
    """

    policy: SquashedNormal
    z: Tensor
    log_prob: Tensor
    q: dict[int, Tensor]
    reward: dict[int, Tensor]
    edge_reward: Tensor
    labels: dict[int, Tensor]
    objects: dict[str, Tensor]
    seen: Tensor | None
    number: int
    noise: torch.Generator
    past: bool = False


@dataclass(frozen=True)
class Judged:
    """Stored partitions, one of each image of a state, and what the critic says of them now.

    Attributes:
        state: features and graph of the images.
        actions, edge_reward: (1, E).
        q, reward, labels, objects: as in `Tried`, of one sample.
    """

    state: State
    actions: Tensor
    edge_reward: Tensor
    q: dict[int, Tensor]
    reward: dict[int, Tensor]
    labels: dict[int, Tensor]
    objects: dict[str, Tensor]


class ActorCriticLearner(Learner):
    """A critic, a temperature, and an actor whose loss the learner of each kind defines (see `agent.losses`).

    Three optimisers: critic and features, actor, temperature. The feature networks learn from the critic's loss; the
    actor sees their output as a constant, or that of their slow copies.

    Attributes:
        features: the pixel features that the critic sees, if not those that the actor sees.
        target: the slow copy of the critic, if there is one; with `features`, it sees what the actor sees.
    """

    config: ActorCriticConfig
    has_critic = True

    def __init__(
        self,
        actor: Actor,
        critic: Critic,
        sizes: Sequence[int],
        config: ActorCriticConfig,
        features: OwnFeatures | None = None,
    ) -> None:
        super().__init__()
        self.actor = actor
        self.critic = critic
        self.features = features
        self.target: Critic | None = None
        self.temperature = Temperature(sizes, config)
        self.config = config
        self.replay = Replay(config.replay_capacity) if config.replay_capacity else None

    @abstractmethod
    def widened(self, policy: SquashedNormal, draw: Tensor, z: Tensor) -> Tensor:
        """(K, E) values before the sigmoid that are tried: the samples z of the policy, or wider ones from its draw."""

    @abstractmethod
    def actor_loss(
        self, state: State, environment: SegmentationEnvironment, tried: Tried
    ) -> tuple[Tensor, dict[str, float]]:
        """The actor's loss, and what to log of it."""

    def parameter_groups(self) -> dict[str, tuple[list[nn.Parameter], float]]:
        """Critic first, for it teaches the features."""
        own = [] if self.features is None else list(self.features.parameters())
        return {
            "critic": ([*self.critic.parameters(), *own], self.config.critic_lr),
            "actor": (list(self.actor.parameters()), self.config.actor_lr),
            "temperature": (list(self.temperature.parameters()), self.config.alpha_lr),
        }

    def step(
        self,
        state: State,
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
        progress: float,
    ) -> Step:
        """See `Learner.step`."""
        config, subgraphs = self.config, state.batch.subgraphs
        policy, draw = self.sampled(state, noise)
        z = policy.rsample(draw)
        warming = number < config.warmup_steps
        if warming:
            tried = torch.rand(z.shape, generator=noise).to(z.device)
        else:
            tried = SquashedNormal.action(self.widened(policy, draw, z))
        edge_reward, outcomes = reward_actions(state.batch, environment, tried)
        labels = label_rewards(state.batch, environment, tried, edge_reward)
        reward = with_labels(edge_reward, labels, subgraphs)
        objects = self._objects([outcome.segments for outcome in outcomes], z.device)
        nodes, edges = self.seen_by_critic(state)
        seen = self.critic.look(nodes, edges, state.graph)
        q = self.critic(nodes, edges, state.graph, tried, subgraphs, **objects, seen=seen)
        loss = critic_loss(q, reward, config.mse_weight, config.centred_weight)
        scalars = {
            "loss/critic": float(loss.detach()),
            "critic/within_state_r2": within_state_r2(q, reward),
            "policy/std": float(policy.std.detach().mean()) if state.graph.num_edges else 0.0,
            "reward/train": float(edge_reward.mean()) if edge_reward.numel() else 0.0,
        }
        if self.replay is not None:
            loss = loss + self._replayed(state, environment, noise)
            self._remember(state, tried, outcomes)
        if warming:
            return Step(loss, scalars, tried, outcomes, [*self.actor.parameters(), *self.temperature.parameters()])
        log_prob = -policy.surprise(z, config.density)
        of_actor, more = self.taught(
            state,
            environment,
            Tried(policy, z, log_prob, q, reward, edge_reward, labels, objects, seen, number, noise),
        )
        return Step(loss + of_actor, scalars | more, tried, outcomes)

    def seen_by_critic(self, state: State) -> tuple[Tensor, Tensor]:
        """Node and edge features, with gradients to the feature network that the critic teaches."""
        return (state.nodes, state.edges) if self.features is None else self.features(state)

    def begin(self) -> None:
        """See `Learner.begin`."""
        if self.features is not None:
            self.features.begin()

    def sampled(self, state: State, noise: torch.Generator) -> tuple[SquashedNormal, Tensor]:
        """The policy, with gradients to the actor alone, and (K, E) standard normal numbers to sample it with."""
        policy = SquashedNormal(*self.actor(state.nodes.detach(), state.edges.detach(), state.graph))
        return policy, standard_normal((self.config.samples, state.graph.num_edges), noise, policy.mu)

    def taught(
        self, state: State, environment: SegmentationEnvironment, tried: Tried
    ) -> tuple[Tensor, dict[str, float]]:
        """Losses of actor and temperature together, and what to log of them."""
        actor, scalars = self.actor_loss(state, environment, tried)
        entropy = subgraph_mean(-tried.log_prob, state.batch.subgraphs)
        temperature = self.temperature.loss(entropy, tried.reward)
        scalars |= {"loss/actor": float(actor.detach()), "loss/temperature": float(temperature.detach())}
        scalars |= {f"temperature/{size}": float(alpha) for size, alpha in self.temperature.alpha().items()}
        return actor + temperature, scalars

    def edge_values(self, state: State, actions: Tensor, objects: Sequence[ObjectTable]) -> Tensor:
        """See `Learner.edge_values`."""
        subgraphs = state.batch.subgraphs
        seen = self._seen(objects, actions.device)
        # predictions have no pixel features but those of the actor
        critic = self.critic if self.features is None or self.target is None else self.target
        q = critic(state.nodes, state.edges, state.graph, actions, subgraphs, **seen)
        return covering_mean(q, {size: subgraphs[size] for size in q if size in subgraphs}, torch.zeros_like(actions))

    def partition(self, state: State, environment: SegmentationEnvironment, actions: Tensor) -> dict[str, Tensor]:
        """Arguments of an object-aware critic for actions (K, E) that are not rewarded."""
        if self.critic.by_objects is None:
            return {}
        parts = actions_by_image(state.batch, actions)
        return self._objects(environment.partition_batch(state.batch.samples, parts), actions.device)

    def _objects(self, segments: Sequence[Segments], device: torch.device) -> dict[str, Tensor]:
        """Arguments of an object-aware critic; nothing for one that judges the actions alone."""
        return {} if self.critic.by_objects is None else self._seen([ObjectTable.of(part) for part in segments], device)

    def _seen(self, objects: Sequence[ObjectTable], device: torch.device) -> dict[str, Tensor]:
        """The same of objects, one table a sample, that are measured already."""
        if self.critic.by_objects is None:
            return {}
        arrays = {
            "cut": np.concatenate([table.cut for table in objects], axis=1).astype(np.float32),
            "object_features": np.concatenate([table.features for table in objects], axis=1),
            "object_share": np.concatenate([table.share for table in objects], axis=1),
        }
        return {name: torch.from_numpy(values).to(device) for name, values in arrays.items()}

    def _remember(self, state: State, actions: Tensor, outcomes: Sequence[Outcome]) -> None:
        """Keep all K transitions of every image."""
        assert self.replay is not None
        starts = state.batch.edge_start
        for sample, outcome, a, b in zip(state.batch.samples, outcomes, starts[:-1], starts[1:], strict=True):
            rewards = torch.from_numpy(outcome.edge_reward.astype(np.float32))
            for tried, reward in zip(actions[:, a:b], rewards, strict=True):
                # what a diverged actor did would spoil every step that comes back to it
                if bool(torch.isfinite(tried).all()):
                    self.replay.add(Transition(sample.name, tried, reward))

    def _replayed(self, state: State, environment: SegmentationEnvironment, noise: torch.Generator) -> Tensor:
        """Critic loss on as many stored transitions as the batch has images, times the updates asked for."""
        count = self.config.replay_updates * len(state.batch.samples)
        judged = self.judge_past(count, state.recall, environment, noise)
        if judged is None:
            return 0.0 * state.nodes.sum()
        return critic_loss(judged.q, judged.reward, self.config.mse_weight)

    def judge_past(
        self,
        count: int,
        recall: Callable[[Sequence[str]], State],
        environment: SegmentationEnvironment,
        noise: torch.Generator,
    ) -> Judged | None:
        """Draw stored transitions and let the critic judge them again; the replay is told how wrong it is.

        Args:
            count: at most this many.
            recall: the state of training images by name.
            environment, noise: see `Learner.step`.

        Returns:
            None if nothing is stored.
        """
        assert self.replay is not None
        positions, transitions = self.replay.sample(count, noise, self.config.replay_prioritised)
        if not transitions:
            return None
        past = recall([transition.image for transition in transitions])
        actions = torch.cat([transition.actions for transition in transitions]).unsqueeze(0).to(past.nodes.device)
        edge_reward = torch.cat([transition.edge_reward for transition in transitions]).unsqueeze(0)
        # solving the multicut again is cheaper than keeping the objects
        objects = self.partition(past, environment, actions)
        subgraphs = past.batch.subgraphs
        q = self.critic(*self.seen_by_critic(past), past.graph, actions, subgraphs, **objects)
        edge_reward = edge_reward.to(actions.device)
        labels = label_rewards(past.batch, environment, actions, edge_reward)
        reward = with_labels(edge_reward, labels, subgraphs)
        losses = _loss_by_image(q, reward, past)
        known = torch.isfinite(losses)
        self.replay.update(positions[known], losses[known])
        return Judged(past, actions, edge_reward, q, reward, labels, objects)

    def after_step(self, number: int) -> None:
        """Keep the temperature in its bounds."""
        self.temperature.project()

    def memory(self) -> dict[str, Any]:
        """The replay."""
        return {} if self.replay is None else self.replay.state_dict()

    def load_memory(self, memory: dict[str, Any]) -> None:
        """Restore the replay."""
        if self.replay is not None and memory:
            self.replay.load_state_dict(memory)


def _loss_by_image(q: dict[int, Tensor], reward: dict[int, Tensor], state: State) -> Tensor:
    """(B,) mean squared error of the sub-graphs of each image, 0 for an image without any."""
    images = len(state.batch.samples)
    total = torch.zeros(images, dtype=torch.float64)
    count = torch.zeros(images, dtype=torch.float64)
    for size, ids in state.batch.subgraphs.items():
        image = state.batch.edge_image[ids[:, 0]].cpu()
        error = (q[size] - reward[size]).detach().square().mean(0).double().cpu()
        total.index_add_(0, image, error)
        count.index_add_(0, image, torch.ones_like(error))
    return total / count.clamp(min=1)
