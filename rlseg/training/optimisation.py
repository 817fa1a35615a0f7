"""Optimiser steps that a number which is none cannot spoil."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch.utilities import rank_zero_info
from torch import nn
from torch.optim import Optimizer

from rlseg.errors import RlsegError

PATIENCE = 10
KEPT_EVERY = 50


@dataclass(frozen=True)
class _Kept:
    """Networks and optimisers as they were after a number of good updates."""

    updates: int
    networks: list[dict[str, Any]]
    optimizers: list[dict[str, Any]]


class GuardedOptimisation:
    """Clips gradients, steps the optimisers, and leaves out updates that are not finite.

    Ten of them in a row mean that the weights themselves have gone astray: they and the optimisers go back to what they
    were 50 to 100 good updates before, and the learning rates are halved. Ten more in a row at any later time end the
    training.

    Args:
        clip: largest gradient norm of each optimiser.

    Attributes:
        skipped: updates left out so far.
        factor: of all learning rates: 1, or 0.5 after the weights have gone back.
    """

    def __init__(self, clip: float) -> None:
        self.clip = clip
        self.skipped = 0
        self.factor = 1.0
        self._updates = 0
        self._in_a_row = 0
        self._kept: deque[_Kept] = deque(maxlen=2)

    def step(
        self,
        networks: Sequence[nn.Module],
        optimizers: Mapping[str, Optimizer],
        rates: Mapping[str, float],
        agree: Callable[[bool], bool] = bool,
    ) -> dict[str, float]:
        """One step of all optimisers, or of none.

        Args:
            networks: all that belongs to the optimisers' parameters; the gradients are there.
            optimizers: by name.
            rates: learning rate of each.
            agree: whether something is true in all processes of a distributed run, for all must leave out the same.

        Returns:
            Scalars: gradient norms before clipping, learning rates, updates left out so far.

        Raises:
            RlsegError: updates are not finite again after the weights have gone back.
        """
        if not self._kept:
            self._keep(networks, optimizers)
        scalars: dict[str, float] = {}
        for name, optimizer in optimizers.items():
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            norm = torch.nn.utils.clip_grad_norm_(parameters, self.clip)
            scalars |= {f"gradient_norm/{name}": float(norm), f"learning_rate/{name}": self.factor * rates[name]}
            for group in optimizer.param_groups:
                group["lr"] = self.factor * rates[name]
        if agree(bool(torch.isfinite(torch.tensor([scalars[f"gradient_norm/{name}"] for name in optimizers])).all())):
            for optimizer in optimizers.values():
                optimizer.step()
            self._in_a_row = 0
            self._updates += 1
            if self._updates % KEPT_EVERY == 0:
                self._keep(networks, optimizers)
        else:
            self.skipped += 1
            self._in_a_row += 1
            if self._in_a_row >= PATIENCE:
                self._go_back(networks, optimizers)
        return scalars | {"gradient_norm/skipped": float(self.skipped)}

    def _keep(self, networks: Sequence[nn.Module], optimizers: Mapping[str, Optimizer]) -> None:
        parts = ([part.state_dict() for part in networks], [o.state_dict() for o in optimizers.values()])
        self._kept.append(_Kept(self._updates, *copy.deepcopy(parts)))

    def _go_back(self, networks: Sequence[nn.Module], optimizers: Mapping[str, Optimizer]) -> None:
        if self.factor < 1:
            raise RlsegError(
                f"the training has diverged: {PATIENCE} updates in a row are not finite, again, "
                f"although the learning rates were halved ({self.skipped} updates were left out in all)",
                "lower the learning rates of the learner and of model.imitation, or model.clip; "
                "best.ckpt and last.ckpt in the run's folder are those of before",
            )
        kept = self._kept[0]
        rank_zero_info(
            f"{PATIENCE} updates in a row are not finite: weights and optimisers go back by "
            f"{self._updates - kept.updates} updates, the learning rates are halved"
        )
        for network, state in zip(networks, kept.networks, strict=True):
            network.load_state_dict(state)
        for optimizer, state in zip(optimizers.values(), kept.optimizers, strict=True):
            optimizer.load_state_dict(state)
        self.factor = 0.5
        self._in_a_row = 0

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers. The weights to go back to are not among them: a resumed run starts from those it has."""
        return {"skipped": self.skipped, "factor": self.factor, "updates": self._updates, "in_a_row": self._in_a_row}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Counterpart of `state_dict`."""
        self.skipped, self.factor = int(state["skipped"]), float(state["factor"])
        self._updates, self._in_a_row = int(state["updates"]), int(state["in_a_row"])


def rate_factor(progress: float, constant_share: float, final: float = 0.02) -> float:
    """1 for the first part of a training, then linearly down to 2 %.

    Args:
        progress: share of the training that is over, 0..1.
        constant_share: length of the first part, 0..1.
        final: the factor at the end.
    """
    if progress <= constant_share:
        return 1.0
    return max(final, 1 - (1 - final) * (progress - constant_share) / max(1 - constant_share, 1e-9))
