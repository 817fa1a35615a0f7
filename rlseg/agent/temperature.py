"""The learned weight of the entropy, one per sub-graph size.

All entropies and log-probabilities here are means over a sub-graph's edges. The paper's sum over the k edges
with temperature alpha_k / k, and a target of k times ours, is the same thing; per edge the figures of all
sizes compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from rlseg.agent.config import TemperatureConfig
from rlseg.agent.subgraph_means import flatten, mean_or_zero


def target_entropy(reward: Tensor, entropy_min: float, entropy_max: float, reward_max: float) -> Tensor:
    """Entropy asked of the policy, falling with the reward: a solved sub-graph needs no exploration.

        m = entropy_max - (entropy_max - entropy_min) min(max(r, 0), reward_max) / reward_max

    Args:
        reward: any shape, sub-graph rewards.
        entropy_min: nats per edge, at reward_max and above.
        entropy_max: nats per edge, at reward 0 and below.
        reward_max: > 0.

    Returns:
        nats per edge, same shape.
    """
    return entropy_max - (entropy_max - entropy_min) * reward.clamp(0, reward_max) / reward_max


class Temperature(nn.Module):
    """alpha_k = exp(log_alpha_k), within bounds, for each sub-graph size k.

    Args:
        sizes: the sub-graph sizes, edges.
        config: start, bounds and target entropy.

    Attributes:
        log_alpha: (number of sizes,) parameter, sizes in ascending order.
    """

    def __init__(self, sizes: Sequence[int], config: TemperatureConfig) -> None:
        super().__init__()
        self.sizes = tuple(sorted(set(sizes)))
        self.config = config
        self.log_alpha = nn.Parameter(torch.full((len(self.sizes),), math.log(config.alpha_init)))

    @torch.no_grad()
    def alpha(self) -> dict[int, Tensor]:
        """Size k -> scalar in [alpha_min, alpha_max], without gradient."""
        bounded = self.log_alpha.exp().clamp(self.config.alpha_min, self.config.alpha_max)
        return dict(zip(self.sizes, bounded.unbind(), strict=True))

    @torch.no_grad()
    def project(self) -> None:
        """Bring log_alpha back into its bounds; call it after each optimiser step, or it wanders off."""
        self.log_alpha.clamp_(math.log(self.config.alpha_min), math.log(self.config.alpha_max))

    def loss(self, entropy: Mapping[int, Tensor], reward: Mapping[int, Tensor]) -> Tensor:
        """Dual loss: mean over all sub-graphs of log_alpha_k (H_sg - m(r_sg)), the second factor a constant.

        Its gradient raises alpha where the policy has less entropy than its target, and lowers it where it
        has more.

        Args:
            entropy: size k -> (K, S_k) or (1, S_k), entropy of the policy, mean over the k edges, nats.
            reward: size k -> (K, S_k).

        Returns:
            scalar; 0 with zero gradients without sub-graphs.
        """
        c = self.config
        gaps: dict[int, Tensor] = {}
        for log_alpha, k in zip(self.log_alpha.unbind(), self.sizes, strict=True):
            if k in reward:
                target = target_entropy(reward[k], c.entropy_min, c.entropy_max, c.reward_max)
                gaps[k] = log_alpha * (entropy[k] - target).detach()
        # The last term gives the parameter a zero gradient, instead of none, when a batch has no sub-graphs.
        return mean_or_zero(flatten(gaps)) + 0.0 * self.log_alpha.sum()
