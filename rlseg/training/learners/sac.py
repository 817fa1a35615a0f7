"""The paper's learner over the environment: critic per sub-graph, actor by Eq. 2, learned temperature."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rlseg.agent.actor import Actor
from rlseg.agent.config import SacConfig
from rlseg.agent.control_variate import ControlVariate
from rlseg.agent.critic import Critic
from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.losses.policy_gradient import policy_gradient_loss
from rlseg.agent.losses.soft_actor_critic import (
    Imagined,
    critic_loss,
    explore,
    guided_actor_loss,
    pathwise_actor_loss,
    within_state_r2,
)
from rlseg.agent.replay import Replay, Transition
from rlseg.agent.subgraph_means import Subgraphs, covering_mean, subgraph_mean
from rlseg.agent.target import call_frozen, polyak_update
from rlseg.agent.temperature import Temperature
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.environment.object_features import object_features
from rlseg.rewards.measure.segments import Segments
from rlseg.training.learners.base import (
    Learner,
    State,
    Step,
    actions_by_image,
    label_rewards,
    reward_actions,
    standard_normal,
)


class SacLearner(Learner):
    """Stateless soft actor-critic (see `agent.losses`); optimisers for critic and features, actor, temperature.

    The feature networks learn from the critic's loss; the actor sees their output as a constant.
    """

    def __init__(self, actor: Actor, critic: Critic, sizes: Sequence[int], config: SacConfig) -> None:
        super().__init__()
        self.actor = actor
        self.critic = critic
        self.target = copy.deepcopy(critic).requires_grad_(False) if config.target_critic else None
        self.temperature = Temperature(sizes, config)
        self.control = ControlVariate(sizes)
        self.config = config
        self.replay = Replay(config.replay_capacity) if config.replay_capacity else None

    def parameter_groups(self) -> dict[str, tuple[list[nn.Parameter], float]]:
        """Critic first, for it teaches the features."""
        return {
            "critic": (list(self.critic.parameters()), self.config.critic_lr),
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
        policy = SquashedNormal(*self.actor(state.nodes.detach(), state.edges.detach(), state.graph))
        draw = standard_normal((config.samples, state.graph.num_edges), noise, policy.mu)
        z = policy.rsample(draw)
        if config.exploration_share:
            wide = explore(policy, draw, config.exploration_std, config.exploration_share)
        else:
            wide = z.detach()
        warming = number < config.warmup_steps
        tried = torch.rand(z.shape, generator=noise).to(z.device) if warming else SquashedNormal.action(wide)
        edge_reward, outcomes = reward_actions(state.batch, environment, tried)
        labels = label_rewards(state.batch, environment, tried, edge_reward)
        reward = _with_labels(edge_reward, labels, subgraphs)
        objects = self._objects([outcome.segments for outcome in outcomes], z.device)
        q = self.critic(state.nodes, state.edges, state.graph, tried, subgraphs, **objects)
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
            # the other parameters get zero gradients, as a distributed run expects of every step
            loss = loss + 0.0 * (policy.mu.sum() + policy.std.sum() + self.temperature.log_alpha.sum())
            return Step(loss, scalars, tried, outcomes)
        if number < config.edge_credit_steps:
            actor = policy_gradient_loss(policy, z.detach(), edge_reward, subgraphs, credit="edge", extra=labels)
            self.control.update(q, reward)
        elif config.actor_loss == "guided":
            actor = self._guided(state, environment, noise, policy, z, q, reward)
            scalars |= {f"critic/eta/{size}": float(eta) for size, eta in self._eta().items()}
            self.control.update(q, reward)
        else:
            actor = self._pathwise(state, environment, policy, z, objects)
        entropy = subgraph_mean(policy.entropy().unsqueeze(0), subgraphs)
        temperature = self.temperature.loss(entropy, reward)
        scalars |= {"loss/actor": float(actor.detach()), "loss/temperature": float(temperature.detach())}
        scalars |= {f"temperature/{size}": float(alpha) for size, alpha in self.temperature.alpha().items()}
        return Step(loss + actor + temperature, scalars, tried, outcomes)

    def _eta(self) -> dict[int, Tensor]:
        return self.control.eta(self.config.samples, self.config.imagined)

    def _guided(
        self,
        state: State,
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        policy: SquashedNormal,
        z: Tensor,
        q: dict[int, Tensor],
        reward: dict[int, Tensor],
    ) -> Tensor:
        """Likelihood ratio of rewarded and imagined samples."""
        subgraphs, alpha = state.batch.subgraphs, self.temperature.alpha()
        with torch.no_grad():
            more = policy.rsample(standard_normal((self.config.imagined, state.graph.num_edges), noise, policy.mu))
            actions = SquashedNormal.action(more)
            objects = self._partition(state, environment, actions)
            judged = self.critic(state.nodes, state.edges, state.graph, actions, subgraphs, **objects)
        log_prob, score = -policy.entropy().unsqueeze(0), policy.log_prob(z.detach())
        imagined = Imagined(policy.log_prob(more), judged)
        return guided_actor_loss(log_prob, score, q, reward, alpha, subgraphs, self._eta(), imagined)

    def _pathwise(
        self,
        state: State,
        environment: SegmentationEnvironment,
        policy: SquashedNormal,
        z: Tensor,
        objects: dict[str, Tensor],
    ) -> Tensor:
        """Eq. 2 through the critic, or its slow copy."""
        actions = SquashedNormal.action(z)
        if self.config.exploration_share:
            # the rewarded samples were widened, these were not: other actions, other objects
            objects = self._partition(state, environment, actions)
        judge = self.critic if self.target is None else self.target
        nodes, edges = state.nodes.detach(), state.edges.detach()
        q = call_frozen(judge, nodes, edges, state.graph, actions, state.batch.subgraphs, **objects)
        return pathwise_actor_loss(-policy.entropy().unsqueeze(0), q, self.temperature.alpha(), state.batch.subgraphs)

    def edge_values(self, state: State, actions: Tensor, outcomes: Sequence[Outcome]) -> Tensor:
        """See `Learner.edge_values`."""
        subgraphs = state.batch.subgraphs
        objects = self._objects([outcome.segments for outcome in outcomes], actions.device)
        q = self.critic(state.nodes, state.edges, state.graph, actions, subgraphs, **objects)
        return covering_mean(q, {size: subgraphs[size] for size in q if size in subgraphs}, torch.zeros_like(actions))

    def _partition(self, state: State, environment: SegmentationEnvironment, actions: Tensor) -> dict[str, Tensor]:
        """`_objects` of actions that are not rewarded."""
        if self.critic.by_objects is None:
            return {}
        parts = actions_by_image(state.batch, actions)
        return self._objects(environment.partition_batch(state.batch.samples, parts), actions.device)

    def _objects(self, segments: Sequence[Segments], device: torch.device) -> dict[str, Tensor]:
        """Arguments of an object-aware critic; nothing for one that judges the actions alone."""
        if self.critic.by_objects is None:
            return {}
        features, shares = zip(*(object_features(part) for part in segments), strict=True)
        cut = np.concatenate([part.cut for part in segments], axis=1).astype(np.float32)
        return {
            "cut": torch.from_numpy(cut).to(device),
            "object_features": torch.from_numpy(np.concatenate(features, axis=1)).to(device),
            "object_share": torch.from_numpy(np.concatenate(shares, axis=1)).to(device),
        }

    def _remember(self, state: State, actions: Tensor, outcomes: Sequence[Outcome]) -> None:
        """Keep one of the K transitions of every image."""
        assert self.replay is not None
        starts = state.batch.edge_start
        for sample, outcome, a, b in zip(state.batch.samples, outcomes, starts[:-1], starts[1:], strict=True):
            reward = torch.from_numpy(outcome.edge_reward[0].astype(np.float32))
            # what a diverged actor did would spoil every step that comes back to it
            if bool(torch.isfinite(actions[0, a:b]).all()):
                self.replay.add(Transition(sample.name, actions[0, a:b], reward))

    def _replayed(self, state: State, environment: SegmentationEnvironment, noise: torch.Generator) -> Tensor:
        """Critic loss on as many stored transitions as the batch has images, times the updates asked for."""
        assert self.replay is not None
        config = self.config
        count = config.replay_updates * len(state.batch.samples)
        positions, transitions = self.replay.sample(count, noise, config.replay_prioritised)
        if not transitions:
            return 0.0 * state.nodes.sum()
        past = state.recall([transition.image for transition in transitions])
        actions = torch.cat([transition.actions for transition in transitions]).unsqueeze(0).to(state.nodes.device)
        edge_reward = torch.cat([transition.edge_reward for transition in transitions]).unsqueeze(0)
        # solving the multicut again is cheaper than keeping the objects
        objects = self._partition(past, environment, actions)
        subgraphs = past.batch.subgraphs
        q = self.critic(past.nodes, past.edges, past.graph, actions, subgraphs, **objects)
        edge_reward = edge_reward.to(actions.device)
        reward = _with_labels(edge_reward, label_rewards(past.batch, environment, actions, edge_reward), subgraphs)
        losses = _loss_by_image(q, reward, past)
        known = torch.isfinite(losses)
        self.replay.update(positions[known], losses[known])
        return critic_loss(q, reward, config.mse_weight)

    def after_step(self, number: int) -> None:
        """Keep the temperature in its bounds and move the slow critic."""
        self.temperature.project()
        if self.target is not None and number % self.config.tau_every == 0:
            polyak_update(self.target, self.critic, self.config.tau)

    def memory(self) -> dict[str, Any]:
        """The replay."""
        return {} if self.replay is None else self.replay.state_dict()

    def load_memory(self, memory: dict[str, Any]) -> None:
        """Restore the replay."""
        if self.replay is not None and memory:
            self.replay.load_state_dict(memory)


def _with_labels(edge_reward: Tensor, labels: dict[int, Tensor], subgraphs: Subgraphs) -> dict[int, Tensor]:
    """Rewards of the sub-graphs: mean of their edges', and what labels add (see `label_rewards`)."""
    reward = subgraph_mean(edge_reward, subgraphs)
    return {size: values + labels[size] if size in labels else values for size, values in reward.items()}


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
