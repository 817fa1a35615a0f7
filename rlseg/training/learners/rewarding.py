"""What the environment and the labels pay for the actions of a learner."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from rlseg.agent import Subgraphs, subgraph_mean
from rlseg.environment import Outcome, SegmentationEnvironment
from rlseg.graph import Batch
from rlseg.rewards import dice_reward, true_cuts


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


def with_labels(edge_reward: Tensor, labels: dict[int, Tensor], subgraphs: Subgraphs) -> dict[int, Tensor]:
    """Rewards of the sub-graphs, size k -> (K, S_k): the mean of their edges', and what labels add.

    Args:
        edge_reward: (K, E) of the union graph.
        labels: see `label_rewards`.
        subgraphs: size k -> (S_k, k) edge ids.
    """
    reward = subgraph_mean(edge_reward, subgraphs)
    return {size: values + labels[size] if size in labels else values for size, values in reward.items()}
