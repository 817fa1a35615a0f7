"""Why an actor that follows its critic learns or not: measured on one image, beside the training."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from rlseg.agent import SquashedNormal
from rlseg.agent.losses import correlation, likelihood_ratio_slope, pathwise_slope, within_state_r2
from rlseg.environment import SegmentationEnvironment
from rlseg.training.learners.base import State
from rlseg.training.learners.noise import standard_normal
from rlseg.training.learners.rewarding import label_rewards, reward_actions, with_labels

Judge = Callable[[Tensor], dict[int, Tensor]]
"""(K, E) actions to Q, size k -> (K, S_k)."""


@torch.no_grad()
def diagnose(
    state: State,
    policy: SquashedNormal,
    judged: Judge,
    climbed: Judge,
    environment: SegmentationEnvironment,
    samples: int,
    noise: torch.Generator,
) -> dict[str, float]:
    """What the critic knows of one image, and whether its slope is that of the reward.

    Args:
        state: of one image.
        policy: of its E edges.
        judged: the critic; climbed: what the actor climbs, its slow copy if it has one.
        environment: rewards the samples, of which there are `samples`, at least 4.
        noise: the only source of randomness.

    Returns:
        Scalars: "diagnosis/within_state_r2", and of each size k "diagnosis/within_state_r2/<k>", the share of the
        reward's variance between the samples that the critic explains. "diagnosis/slopes": correlation over the edges
        of the derivatives of the mean Q and of the mean reward with respect to mu; the second is estimated by the
        likelihood ratio, so noise keeps it below 1. "diagnosis/slopes_halves": correlation c of that estimate between
        two halves of the samples; of all of them the best that "slopes" can be is about sqrt(2 c / (1 + c)).
    """
    subgraphs, batch = state.batch.subgraphs, state.batch
    draw = standard_normal((samples, state.graph.num_edges), noise, policy.mu)
    actions = SquashedNormal.action(policy.rsample(draw))
    edge_reward, _ = reward_actions(batch, environment, actions)
    reward = with_labels(edge_reward, label_rewards(batch, environment, actions, edge_reward), subgraphs)
    q = judged(actions)
    found = {"diagnosis/within_state_r2": within_state_r2(q, reward)}
    for size in reward:
        found[f"diagnosis/within_state_r2/{size}"] = within_state_r2({size: q[size]}, {size: reward[size]})
    halves = [
        likelihood_ratio_slope(policy, draw[half::2], {k: r[half::2] for k, r in reward.items()}, subgraphs)
        for half in (0, 1)
    ]
    slope = pathwise_slope(policy, draw, climbed)
    found["diagnosis/slopes"] = correlation(slope, halves[0] + halves[1])
    found["diagnosis/slopes_halves"] = correlation(*halves)
    return found
