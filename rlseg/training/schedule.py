"""How long a training is, in batches."""

from __future__ import annotations

from lightning.pytorch import Trainer


def batches_of(trainer: Trainer, optimizers: int) -> int | None:
    """Batches of the whole training; None if it has no end.

    Args:
        trainer: its max_epochs and max_steps.
        optimizers: number of optimisers that step on each batch: Lightning counts the steps of all of them.
    """
    limits = []
    if trainer.max_steps > 0:
        limits.append(-(-trainer.max_steps // optimizers))
    if trainer.max_epochs is not None and trainer.max_epochs > 0:
        limits.append(trainer.max_epochs * int(trainer.num_training_batches))
    return min(limits, default=None)
