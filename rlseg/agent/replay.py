"""Past transitions for extra critic updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Transition:
    """One rewarded partition of one image.

    Attributes:
        image: name of the sample, which finds its graph and features again.
        actions: (E,) float in [0, 1], 1 = cut.
        edge_reward: (E,) float.
        cut: (E,) float, 1. where an edge was cut, or None if not kept.
    """

    image: str
    actions: Tensor
    edge_reward: Tensor
    cut: Tensor | None = None


class Replay:
    """Ring buffer of transitions.

    Prioritised sampling draws i with probability proportional to loss_i / (1 + uses_i): poorly predicted and
    seldom used ones first. A new transition has the largest loss known.

    Args:
        capacity: largest number of transitions, >= 1; the oldest makes room.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.capacity = capacity
        self._items: list[Transition] = []
        self._next = 0
        self._loss = torch.zeros(capacity, dtype=torch.float64)
        self._uses = torch.zeros(capacity, dtype=torch.int64)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, transition: Transition) -> None:
        """Store one transition; tensors are copied to the CPU without gradients."""
        kept = Transition(
            transition.image,
            _keep(transition.actions),
            _keep(transition.edge_reward),
            None if transition.cut is None else _keep(transition.cut),
        )
        loss = float(self._loss[: len(self)].max()) if len(self) else 1.0
        if len(self) < self.capacity:
            self._items.append(kept)
        else:
            self._items[self._next] = kept
        self._loss[self._next], self._uses[self._next] = loss, 0
        self._next = (self._next + 1) % self.capacity

    def sample(
        self, count: int, generator: torch.Generator, prioritised: bool = True
    ) -> tuple[Tensor, list[Transition]]:
        """Draw transitions without repetition and note that they were used.

        Args:
            count: at most this many; fewer if fewer are stored.
            generator: CPU generator.
            prioritised: by loss and use, or all alike.

        Returns:
            (n,) int64 positions for `update`, and the n transitions.
        """
        count = min(count, len(self))
        if not count:
            return torch.zeros(0, dtype=torch.int64), []
        weight = torch.ones(len(self), dtype=torch.float64)
        if prioritised:
            weight = (self._loss[: len(self)] + 1e-6) / (1 + self._uses[: len(self)])
        positions = torch.multinomial(weight, count, replacement=False, generator=generator)
        self._uses[positions] += 1
        return positions, [self._items[i] for i in positions.tolist()]

    def update(self, positions: Tensor, losses: Tensor) -> None:
        """Note the critic's loss of some transitions.

        Args:
            positions: (n,) int64, from `sample`.
            losses: (n,) finite, >= 0.

        Raises:
            ValueError: a loss is not finite or negative.
        """
        if not bool(torch.isfinite(losses).all()) or bool((losses < 0).any()):
            raise ValueError("losses must be finite and not negative")
        self._loss[positions] = losses.detach().to(self._loss)

    def state_dict(self) -> dict[str, Any]:
        """Plain tensors, lists and numbers, safe for torch.load(weights_only=True)."""
        return {
            "capacity": self.capacity,
            "next": self._next,
            "loss": self._loss.clone(),
            "uses": self._uses.clone(),
            "items": [[t.image, t.actions, t.edge_reward, t.cut] for t in self._items],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict` of a buffer of the same capacity; a ValueError otherwise."""
        if state["capacity"] != self.capacity:
            raise ValueError(f"stored replay has capacity {state['capacity']}, this one {self.capacity}")
        self._items = [Transition(*item) for item in state["items"]]
        self._next = state["next"]
        self._loss, self._uses = state["loss"].clone(), state["uses"].clone()


def _keep(values: Tensor) -> Tensor:
    return values.detach().to("cpu", torch.float32, copy=True)
