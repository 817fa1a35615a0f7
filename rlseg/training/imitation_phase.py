"""When the imitation that a training starts with ends."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any

from lightning.pytorch.utilities import rank_zero_info

# To judge the policy's partitions takes about a third of a step of imitation; each third step it is a tenth.
EVERY = 3
# the images of that many judged batches are compared, those of the last 12 batches
WINDOW = 4


class ImitationPhase:
    """The batches that are imitated: at most a number and a share of the training, less when the policy is the better.

    Args:
        steps: most batches.
        share: most of the training, 0..1. With 1, and steps for all of it, the policy imitates to the end however good
            it is. A training without end has no share.

    Attributes:
        length: batches that were imitated; None as long as the phase goes on.
    """

    def __init__(self, steps: int, share: float) -> None:
        self.steps = steps
        self.share = share
        self.length: int | None = None if steps else 0
        self._paid: deque[tuple[float, ...]] = deque(maxlen=WINDOW)

    def most(self, total: int | None) -> int:
        """The most batches of a training of `total` batches, None for one without end."""
        # a share of 0.29 of 100 batches is 28.999999999999996
        return self.steps if total is None else min(self.steps, math.floor(self.share * total + 1e-9))

    def goes_on(self, number: int, total: int | None) -> bool:
        """Whether batch `number` (from 0) of `total` is imitated. Says so if the phase ends before it."""
        most = self.most(total)
        if self.length is None and number >= most:
            steps = f"model.imitation.steps is {self.steps}"
            self.end(number, steps if most == self.steps else f"model.imitation.share is {self.share:g}")
        return self.length is None

    def judges(self, number: int, total: int | None) -> bool:
        """Whether the policy is compared with its teacher on batch `number` (from 0) of `total`."""
        to_the_end = total is not None and self.most(total) >= total
        return self.length is None and not to_the_end and (number + 1) % EVERY == 0

    def add(self, number: int, paid: Mapping[str, float]) -> None:
        """End the phase if the policy is paid more than its teacher on the images of the last judged batches.

        Args:
            number: of the batch, from 0.
            paid: "policy" and "teacher": sums of the mean edge rewards of the batch's images that are imitated;
                "images": their number. The same in all processes.
        """
        if not paid["images"]:
            return
        self._paid.append((paid["policy"], paid["teacher"], paid["images"]))
        policy, teacher, images = (sum(part) for part in zip(*self._paid, strict=True))
        if len(self._paid) == WINDOW and policy > teacher:
            reason = (
                f"what the policy finds is paid {policy / images:.3f}, what the search finds {teacher / images:.3f}"
            )
            self.end(number + 1, reason)

    def end(self, length: int, reason: str) -> None:
        """End it after so many batches, and say why."""
        self.length = length
        self._paid.clear()
        rank_zero_info(f"imitation ends after {length} {'batch' if length == 1 else 'batches'}: {reason}")

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {"length": self.length, "paid": [list(sums) for sums in self._paid]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Counterpart of `state_dict`."""
        self.length = None if state["length"] is None else int(state["length"])
        self._paid.clear()
        self._paid.extend(tuple(float(value) for value in sums) for sums in state["paid"])
