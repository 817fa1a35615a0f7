"""What a learner is: networks, their optimisers, and one loss a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rlseg.agent.actor import Actor
from rlseg.agent.subgraph_means import subgraph_mean
from rlseg.agent.union_graph import UnionGraph
from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.graph.sample import Batch
from rlseg.rewards.supervised import dice_reward, true_cuts


@dataclass(frozen=True)
class State:
    """What the networks see of a batch.

    Attributes:
        batch: the samples.
        graph: their union graph.
        nodes: (N, Dn) features; edges: (E, De) features; both with gradients to the feature networks.
        recall: the state of training images by name, for learners that come back to earlier ones.
    """

    batch: Batch
    graph: UnionGraph
    nodes: Tensor
    edges: Tensor
    recall: Callable[[Sequence[str]], State]


@dataclass(frozen=True)
class Step:
    """One training step's loss and what to log.

    Attributes:
        loss: scalar; one backward pass of it serves all optimisers, because they own disjoint parameters.
        scalars: tag -> value.
        actions: (K, E) the sampled actions, for histograms, or None.
        outcomes: what they led to, one a sample, or none.
    """

    loss: Tensor
    scalars: dict[str, float] = field(default_factory=dict)
    actions: Tensor | None = None
    outcomes: Sequence[Outcome] = ()


class Learner(nn.Module, ABC):
    """Owns the networks that learn from rewards. `actor` is what predicts in the end."""

    actor: Actor

    @abstractmethod
    def parameter_groups(self) -> dict[str, tuple[list[nn.Parameter], float]]:
        """Name -> (parameters, learning rate) of each optimiser, disjoint; the first also gets the feature networks."""

    @abstractmethod
    def step(
        self,
        state: State,
        environment: SegmentationEnvironment,
        noise: torch.Generator,
        number: int,
        progress: float,
    ) -> Step:
        """Loss of one batch.

        Args:
            state: features and graph.
            environment: rewards the sampled actions.
            noise: the only source of randomness.
            number: steps this learner has made before.
            progress: share of its steps that is over, 0..1.
        """

    def edge_values(self, state: State, actions: Tensor, outcomes: Sequence[Outcome]) -> Tensor | None:
        """(K, E) mean Q of the sub-graphs that hold an edge, 0 if none does; None for a learner without a critic.

        Args:
            state: features and graph.
            actions: (K, E) of the union graph.
            outcomes: what they led to, one a sample.
        """
        return None

    def after_step(self, number: int) -> None:
        """Called after the optimisers have stepped. number: of the step, from 0."""
        return None

    def memory(self) -> dict[str, Any]:
        """State beyond the parameters, as plain tensors, numbers and lists (a replay)."""
        return {}

    def load_memory(self, memory: dict[str, Any]) -> None:
        """Counterpart of `memory`."""
        return None


def actions_by_image(batch: Batch, actions: Tensor) -> list[np.ndarray]:
    """(K, E) actions of the union graph as one (K, E_b) array a sample.

    What a diverged network calls NaN is 0.5 here, which neither merges nor cuts: its loss is NaN as well, and the
    update will be left out.
    """
    values = actions.detach().nan_to_num(nan=0.5).cpu().numpy()
    return [values[:, a:b] for a, b in pairwise(batch.edge_start)]


def reward_actions(batch: Batch, environment: SegmentationEnvironment, actions: Tensor) -> tuple[Tensor, list[Outcome]]:
    """Let the environment judge K actions on every sample of a batch.

    Args:
        batch: B samples.
        environment: multicut and rewards.
        actions: (K, E) of the union graph, no gradients needed.

    Returns:
        (K, E) float32 rewards of the edges on the actions' device, and the B outcomes.
    """
    outcomes = environment.step_batch(batch.samples, actions_by_image(batch, actions))
    reward = np.concatenate([outcome.edge_reward for outcome in outcomes], axis=1)
    return torch.from_numpy(reward.astype(np.float32)).to(actions.device), outcomes


def label_rewards(
    batch: Batch, environment: SegmentationEnvironment, actions: Tensor, edge_reward: Tensor
) -> dict[int, Tensor]:
    """What the labels add to the rewards of sub-graphs, if the reward file has a section `supervised`.

    Args:
        batch: B samples; only those with a truth are paid.
        environment: holds the reward file.
        actions, edge_reward: (K, E) of the union graph.

    Returns:
        Size k -> (K, S_k), 0 for samples without a truth; empty if there is nothing to add.
    """
    rule = environment.reward.file.supervised
    if rule is None or all(sample.truth is None for sample in batch.samples):
        return {}
    values = actions.detach().cpu().numpy()
    mean = {size: part.cpu().numpy() for size, part in subgraph_mean(edge_reward, batch.subgraphs).items()}
    parts: dict[int, list[np.ndarray]] = {size: [] for size in batch.subgraphs}
    done = dict.fromkeys(parts, 0)
    for sample, (a, b) in zip(batch.samples, pairwise(batch.edge_start), strict=True):
        cut = None if sample.truth is None else true_cuts(sample.superpixels, sample.truth, sample.edge_index)
        for size, found in parts.items():
            edges = sample.subgraphs.get(size, np.empty((0, size), np.int64))
            rules = mean[size][:, done[size] : done[size] + len(edges)]
            done[size] += len(edges)
            found.append(0 * rules if cut is None else rule.extra(rules, dice_reward(values[:, a:b], cut, edges)))
    return {
        size: torch.from_numpy(np.concatenate(found, axis=1).astype(np.float32)).to(actions.device)
        for size, found in parts.items()
    }


def standard_normal(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    """Standard normal numbers from a CPU generator, on the device of `like`: the same on every kind of device."""
    return torch.randn(shape, generator=generator).to(like.device)


def step_noise(seed: int, rank: int, number: int) -> torch.Generator:
    """Noise of one step on one process: nothing is stored, so a resumed run draws the same."""
    state = np.random.SeedSequence([seed, rank, number]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(state[0]) << 31 | int(state[1]) >> 1)
