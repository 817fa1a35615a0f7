"""The learned weight of the entropy, one per sub-graph size.

All entropies and log-probabilities that come and go here are means over a sub-graph's edges. With alpha_scale "sum"
the temperature is on their sum, as in the paper, and the target k times ours; `on_the_mean` converts.
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

    def on_the_mean(self) -> dict[int, Tensor]:
        """Size k -> scalar, the weight of a log-probability averaged over k edges: alpha_k, or k alpha_k of a sum."""
        return {k: self._terms(k) * alpha for k, alpha in self.alpha().items()}

    def _terms(self, k: int) -> int:
        """How often the mean over k edges counts."""
        return k if self.config.alpha_scale == "sum" else 1

    @torch.no_grad()
    def project(self) -> None:
        """Bring log_alpha back into its bounds; call it after each optimiser step, or it wanders off."""
        self.log_alpha.clamp_(math.log(self.config.alpha_min), math.log(self.config.alpha_max))

    def loss(self, entropy: Mapping[int, Tensor], reward: Mapping[int, Tensor]) -> Tensor:
        """Dual loss, mean over all sub-graphs; the second factor is a constant.

            log_alpha_k (H_sg - m(r_sg))              alpha_scale "mean"
            alpha_k (k H_sg - k m(r_sg))              alpha_scale "sum", Haarnoja et al. 2018 (arXiv:1812.05905), Eq. 18

        Its gradient raises alpha where the policy has less entropy than its target, and lowers it where it
        has more. Both are descended in log_alpha; the second is steeper where alpha is large.

        Args:
            entropy: size k -> (K, S_k) or (1, S_k), entropy H of the policy or minus the log-probability of samples,
                mean over the k edges, nats.
            reward: size k -> (K, S_k) or (1, S_k).

        Returns:
            scalar; 0 with zero gradients without sub-graphs.
        """
        c = self.config
        gaps: dict[int, Tensor] = {}
        for log_alpha, k in zip(self.log_alpha.unbind(), self.sizes, strict=True):
            if k in reward:
                target = target_entropy(reward[k], c.entropy_min, c.entropy_max, c.reward_max)
                gap = (self._terms(k) * (entropy[k] - target)).detach()
                gaps[k] = (log_alpha.exp() if c.alpha_scale == "sum" else log_alpha) * gap
        # The last term gives the parameter a zero gradient, instead of none, when a batch has no sub-graphs.
        return mean_or_zero(flatten(gaps)) + 0.0 * self.log_alpha.sum()
