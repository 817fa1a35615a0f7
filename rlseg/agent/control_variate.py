"""How far the critic is to be trusted, learned from how well it predicted so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class ControlVariate(nn.Module):
    """The weight eta_k of the critic in the guided loss that leaves the least variance, for each sub-graph size.

    The gradient's variance is about Var(r - eta Q) / K + eta^2 Var(Q) / M for K rewarded and M imagined samples
    of an image; it is smallest at

        eta = Cov(r, Q) / Var(Q)  *  M / (M + K),        kept in [0, 1].

    Covariance and variance are those between the samples of one image, as running means over earlier steps
    alone: an eta that looked at the samples it weighs would bias the gradient. 0 before the first step.

    Args:
        sizes: the sub-graph sizes, edges.
        decay: of the running means, per step.

    Attributes:
        covariance, variance: (number of sizes,) buffers, sizes in ascending order.
    """

    covariance: Tensor
    variance: Tensor

    def __init__(self, sizes: Sequence[int], decay: float = 0.9) -> None:
        super().__init__()
        self.sizes = tuple(sorted(set(sizes)))
        self.decay = decay
        self.register_buffer("covariance", torch.zeros(len(self.sizes)))
        self.register_buffer("variance", torch.zeros(len(self.sizes)))

    def eta(self, rewarded: int, imagined: int) -> dict[int, Tensor]:
        """Size k -> scalar weight for K rewarded and M imagined samples."""
        slope = torch.where(self.variance > 0, self.covariance / self.variance.clamp(min=1e-12), 0.0)
        weight = (slope * imagined / (imagined + rewarded)).clamp(0, 1)
        return dict(zip(self.sizes, weight.unbind(), strict=True))

    @torch.no_grad()
    def update(self, q: Mapping[int, Tensor], reward: Mapping[int, Tensor]) -> None:
        """Add what one step has shown; to be called by all processes of a distributed run, which keep the same means.

        Args:
            q, reward: size k -> (K, S_k); a size without sub-graphs changes nothing, nor do values that are not finite.
        """
        seen = torch.zeros(3, len(self.sizes), device=self.variance.device)  # sums of both, and how many were summed
        for i, k in enumerate(self.sizes):
            if k in q and k in reward and q[k].numel():
                centred_q, centred_r = q[k] - q[k].mean(0), reward[k] - reward[k].mean(0)
                now = torch.stack([(centred_q * centred_r).mean(), (centred_q**2).mean(), seen.new_ones(())])
                # a mean that was spoilt once would stay so
                seen[:, i] = torch.where(torch.isfinite(now).all(), now, 0.0)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(seen)
        for running, total in ((self.covariance, seen[0]), (self.variance, seen[1])):
            latest = self.decay * running + (1 - self.decay) * total / seen[2].clamp(min=1)
            running.copy_(torch.where(seen[2] > 0, latest, running))
