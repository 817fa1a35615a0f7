"""The critic-free learner: policy gradient with a leave-one-out baseline over K samples of one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from rlseg.agent.distributions import SquashedNormal
from rlseg.agent.subgraph_means import Subgraphs, covering_mean, mean_or_zero, subgraph_mean


def leave_one_out(values: Tensor) -> Tensor:
    """Each sample minus the mean of the other samples: (v_k - mean_K v) K / (K - 1).

    The baseline does not depend on the sample's own action, so the gradient estimate stays unbiased.

    Args:
        values: (K, M).

    Returns:
        (K, M).

    Raises:
        ValueError: if K < 2.
    """
    samples = len(values)
    if samples < 2:
        raise ValueError(f"a leave-one-out baseline needs at least 2 samples, got {samples}")
    return (values - values.mean(0)) * (samples / (samples - 1))


def edge_advantage(
    edge_reward: Tensor,
    subgraphs: Subgraphs,
    credit: Literal["subgraph", "edge"] = "subgraph",
    extra: Mapping[int, Tensor] | None = None,
) -> Tensor:
    """What each edge's action was worth beyond the other samples.

    Args:
        edge_reward: (K, E), at least 2 samples.
        subgraphs: size k -> (S_k, k) edge ids.
        credit: "subgraph": A_e = mean over the sub-graphs that hold e of the leave-one-out r_sg, r_sg the
            mean reward of its k edges; an edge in no sub-graph uses its own reward. "edge": A_e =
            leave-one-out r_e.
        extra: size k -> (K, S_k) rewards that sub-graphs are paid besides, whatever the credit; none if not given.

    Returns:
        (K, E). In the unit of the reward, not normalised.
    """
    own = leave_one_out(edge_reward)
    more = covering_mean({k: leave_one_out(v) for k, v in extra.items()}, subgraphs, 0 * own) if extra else 0 * own
    if credit == "edge":
        return own + more
    # Means over edges and over samples commute: centring the edges first centres the sub-graphs.
    return covering_mean(subgraph_mean(own, subgraphs), subgraphs, own) + more


def policy_gradient_loss(
    policy: SquashedNormal,
    z: Tensor,
    edge_reward: Tensor,
    subgraphs: Subgraphs,
    *,
    entropy_weight: float = 0.003,
    advantage_floor: float = 0.06,
    credit: Literal["subgraph", "edge"] = "subgraph",
    extra: Mapping[int, Tensor] | None = None,
) -> Tensor:
    """-mean(log p(z) A / (std(A) + floor)) - entropy_weight mean(log std), means over K samples and E edges.

    std(A) is over all samples and edges; the floor keeps noise from being blown up where all samples are
    equally good, such as everything merged.

    Args:
        policy: of E edges, with gradients.
        z: (K, E), the samples before the sigmoid. Taken as constants.
        edge_reward: (K, E).
        subgraphs: size k -> (S_k, k) edge ids.
        entropy_weight: >= 0.
        advantage_floor: > 0, in the unit of the reward.
        credit, extra: see `edge_advantage`.

    Returns:
        scalar; 0 with zero gradients for a graph without edges.
    """
    with torch.no_grad():
        advantage = edge_advantage(edge_reward, subgraphs, credit, extra)
        if advantage.numel():
            advantage = advantage / (advantage.std(correction=0) + advantage_floor)
    score = mean_or_zero(policy.log_prob(z.detach()) * advantage)
    return -score - entropy_weight * mean_or_zero(torch.log(policy.std))
