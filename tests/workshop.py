"""Learners at work without Lightning: networks, optimisers and environment on a few samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.optim import Adam

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.moments import Moments
from rlseg.agent.union_graph import UnionGraph
from rlseg.data.prepare import Preparation
from rlseg.environment.environment import SegmentationEnvironment, judge_partitions
from rlseg.environment.partition import split_background
from rlseg.graph.batch import Batch, collate
from rlseg.graph.sample import Sample
from rlseg.regions import majority
from rlseg.rewards.reward import Reward
from rlseg.training.learners.base import State, Step
from rlseg.training.networks import AgentConfig, Columns, build_networks


def generator(number: int) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def one_superpixel() -> Sample:
    """A flat image: a graph without edges."""
    prepare = Preparation(subgraph_sizes=(4, 9))
    return prepare(np.ones((1, 30, 30), np.float32), "flat", None, np.zeros((30, 30), np.int32))


def plain_rewards(samples: Sequence[Sample], reward: Reward) -> dict[str, float]:
    """Mean reward of the edges of all merged, of all split and, where there are labels, of the truth, on superpixels
    that are not cut along anything: what a policy's partitions are paid in training."""
    found: dict[str, list[float]] = {"all_merged": [], "all_split": [], "truth": []}
    for sample in samples:
        nodes = np.arange(sample.regions.num_nodes)
        partitions = {"all_merged": 0 * nodes, "all_split": nodes}
        if sample.truth is not None:
            shown = majority(sample.superpixels, sample.truth)
            partitions["truth"] = split_background(shown, sample.edge_index)
        for name, labels in partitions.items():
            found[name] += judge_partitions(reward, sample.regions, labels[None]).mean_reward.tolist()
    return {name: float(np.mean(values)) for name, values in found.items() if values}


class Workshop:
    """Feature networks and a learner built for some samples."""

    def __init__(self, samples: Sequence[Sample], reward: Reward, seed: int = 0, **settings: Any) -> None:
        first = samples[0]
        columns = Columns(
            node=first.node_features.shape[1],
            edge=first.edge_features.shape[1],
            channels=len(first.image),
            sizes=tuple(sorted(first.subgraphs)),
        )
        self.samples = list(samples)
        self.features, self.learner = build_networks(AgentConfig.model_validate(settings), columns, seed)
        nodes, edges = Moments(columns.node), Moments(columns.edge)
        for sample in samples:
            nodes.add(torch.from_numpy(sample.node_features))
            edges.add(torch.from_numpy(sample.edge_features))
        self.features.node_standard.fit(nodes)
        self.features.edge_standard.fit(edges)
        self.environment = SegmentationEnvironment(reward, threads=1)
        self.optimizers = [Adam(parameters, lr=rate) for parameters, rate in self.learner.parameter_groups().values()]

    def state(self, batch: Batch) -> State:
        sizes = [s.regions.num_nodes for s in batch.samples]
        nodes, edges = self.features(
            batch.node_features, batch.edge_features, batch.edge_index, batch.images, batch.superpixels, sizes
        )
        graph = UnionGraph(batch.edge_index, batch.node_image, batch.edge_image, len(batch.samples))
        by_name = {sample.name: sample for sample in self.samples}
        return State(batch, graph, nodes, edges, lambda names: self.state(collate([by_name[n] for n in names])))

    def step(self, number: int = 0, progress: float = 0.0, samples: Sequence[Sample] | None = None) -> Step:
        """The learner's loss; nothing is changed but the replay."""
        state = self.state(collate(self.samples if samples is None else samples))
        return self.learner.step(state, self.environment, generator(number), number, progress)

    def train(self, steps: int) -> list[Step]:
        taken = []
        for number in range(steps):
            step = self.step(number, number / steps)
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            step.loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
            self.learner.after_step(number)
            taken.append(step)
        return taken

    @torch.no_grad()
    def reward(self) -> float:
        """Mean reward of the policy's mean actions."""
        batch = collate(self.samples)
        state = self.state(batch)
        actions = SquashedNormal(*self.learner.actor(state.nodes, state.edges, state.graph)).mode().numpy()
        starts = batch.edge_start
        parts = [actions[None, a:b] for a, b in pairwise(starts)]
        return float(np.mean([o.mean_reward[0] for o in self.environment.step_batch(batch.samples, parts)]))

    def gradients(self) -> dict[str, torch.Tensor]:
        """Gradients by the first word of the parameter's name: features, actor, critic, temperature."""
        found: dict[str, list[torch.Tensor]] = {}
        named = [*self.learner.named_parameters(), *((f"features.{n}", p) for n, p in self.features.named_parameters())]
        for name, parameter in named:
            if parameter.requires_grad:
                gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                found.setdefault(name.split(".")[0], []).append(gradient.flatten())
        return {name: torch.cat(parts) for name, parts in found.items()}
