"""The policy's distribution over edge actions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class SquashedNormal:
    """a = sigmoid(z), z ~ N(mu, std), independent per edge (section 3.1 of the paper).

    All methods work on z, never on a: the inverse of a saturated sigmoid is infinite. Noise is an argument,
    so that the caller owns the random state.

    Attributes:
        mu: (E,) mean of z.
        std: (E,) standard deviation of z, > 0.
    """

    mu: Tensor
    std: Tensor

    def rsample(self, noise: Tensor) -> Tensor:
        """mu + std * noise, differentiable in mu and std. noise: (K, E) standard normal; same shape."""
        return self.mu + self.std * noise

    @staticmethod
    def action(z: Tensor) -> Tensor:
        """a = sigmoid(z) in [0, 1], 1 = cut. Any shape."""
        return torch.sigmoid(z)

    def mode(self) -> Tensor:
        """(E,) sigmoid(mu), the action without exploration (the median of a)."""
        return torch.sigmoid(self.mu)

    def log_prob(self, z: Tensor, jacobian: bool = False) -> Tensor:
        """Log density of each edge.

        Args:
            z: (K, E), values before the sigmoid.
            jacobian: False: log N(z; mu, std), the density of z. True: the density of a = sigmoid(z),
                log N(z; mu, std) - log a(1 - a). They differ by a term without mu and std.

        Returns:
            (K, E), nats.
        """
        log_normal = -0.5 * ((z - self.mu) / self.std).square() - torch.log(self.std) - HALF_LOG_TWO_PI
        if not jacobian:
            return log_normal
        return log_normal - functional.logsigmoid(z) - functional.logsigmoid(-z)

    def entropy(self) -> Tensor:
        """(E,) entropy of z, 0.5 log(2 pi e) + log std = 1.419 + log std nats (of a: no closed form)."""
        return 0.5 + HALF_LOG_TWO_PI + torch.log(self.std)

    def surprise(self, z: Tensor, density: Literal["normal", "action"]) -> Tensor:
        """What an entropy is the mean of, differentiable in mu and std.

        Args:
            z: (K, E), reparametrised samples of this policy.
            density: of z ("normal") or of a = sigmoid(z) ("action").

        Returns:
            "normal": (1, E), the mean itself, known in closed form; without gradient for mu. "action": (K, E), minus
            the log density of each sample, whose gradient goes through z: a mean far from 0 leaves little room for a.
        """
        return self.entropy().unsqueeze(0) if density == "normal" else -self.log_prob(z, jacobian=True)
