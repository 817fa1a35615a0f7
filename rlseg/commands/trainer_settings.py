"""What of Lightning's Trainer a run can be given: everything but what stands here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jsonargparse import Namespace
from lightning.pytorch import Trainer

from rlseg.errors import RlsegError

NOT_VALIDATED = (
    "nothing will be validated, so there will be no best.ckpt, and last.ckpt is the result (trainer.limit_val_batches "
    "is 0, or trainer.check_val_every_n_epoch above the number of epochs)"
)
PRECISIONS = (None, "32-true", "32", 32, "bf16-mixed")
_Rule = tuple[str, Callable[[Any], bool], str, str]
"""Setting of the trainer, whether a value cannot be used, why, and what to do."""

ALWAYS: tuple[_Rule, ...] = (
    (
        "precision",
        lambda value: value not in PRECISIONS,
        "weights and losses need 32 bits",
        "take 32-true, or bf16-mixed, which computes the pixel features of a UNet with 16 bits",
    ),
    ("barebones", bool, "nothing would be seen or kept of the run", "leave it out"),
)
"""Of every run."""
FIT: tuple[_Rule, ...] = (
    (
        "gradient_clip_val",
        lambda value: value is not None,
        "gradients are clipped by the model itself",
        "say --model.clip",
    ),
    (
        "overfit_batches",
        bool,
        "batches are drawn anew in each epoch, so no few of them can be learned by heart",
        "name a folder with few images by --data.images",
    ),
    ("max_epochs", lambda value: value == 0, "nothing would be trained", "take at least 1, or -1 for no limit"),
    ("max_steps", lambda value: value == 0, "nothing would be trained", "take at least 1, or -1 for no limit"),
    ("limit_train_batches", lambda value: value == 0, "nothing would be trained", "leave it out"),
    (
        "check_val_every_n_epoch",
        lambda value: value is not None and value < 1,
        "a validation comes after a number of epochs",
        "take at least 1, or --trainer.limit_val_batches 0 for no validation",
    ),
    (
        "val_check_interval",
        lambda value: value == 0,
        "a validation comes after a number of batches",
        "take at least 1, or --trainer.limit_val_batches 0 for no validation",
    ),
)
"""Of trainings."""
POLICY: tuple[_Rule, ...] = (
    (
        "accumulate_grad_batches",
        lambda value: value != 1,
        "each batch is a step of several optimisers",
        "raise --data.batch_size",
    ),
)
"""Of `rlseg fit`."""


def refuse_trainer_settings(trainer: Namespace, fit: bool, policy: bool) -> None:
    """See that no setting asks for what this training cannot be.

    Args:
        trainer: the settings under `trainer`, as parsed.
        fit: whether something is trained, and not evaluated.
        policy: whether it is a segmentation, and not a pre-training.

    Raises:
        RlsegError: one does; the first is named, with what to do.
    """
    for name, wrong, why, hint in (*ALWAYS, *(FIT if fit else ()), *(POLICY if fit and policy else ())):
        if wrong(trainer[name]):
            raise RlsegError(f"trainer.{name} cannot be {str(trainer[name]).lower()}: {why}", hint)


def refuse_late_validation(trainer: Namespace, batches: int) -> None:
    """See that an epoch is as long as the batches after which it is validated.

    Args:
        trainer: the settings under `trainer`, as parsed.
        batches: of an epoch.

    Raises:
        RlsegError: it is shorter.
    """
    limit, every = trainer.limit_train_batches, trainer.val_check_interval
    if limit is not None:
        batches = min(batches, limit if isinstance(limit, int) else int(limit * batches))
    within = trainer.check_val_every_n_epoch is not None and isinstance(every, int)
    if within and every > batches:
        raise RlsegError(
            f"trainer.val_check_interval cannot be {every}: an epoch has {batches} batches",
            "validate every few epochs with --trainer.check_val_every_n_epoch, or raise --data.batches_per_epoch",
        )


def refuse_finished(trainer: Trainer, checkpoint: Mapping[str, Any], path: str) -> None:
    """See that something is left to be trained.

    Args:
        trainer: with its limits.
        checkpoint: that the training goes on from.
        path: its name.

    Raises:
        RlsegError: it has come to the end already.
    """
    epochs = checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"]
    for name, done, limit in (
        ("max_epochs", epochs, trainer.max_epochs),
        ("max_steps", checkpoint["global_step"], trainer.max_steps),
    ):
        if limit is not None and 0 <= limit <= done:
            raise RlsegError(
                f"the training in {path} is over: trainer.{name} is {limit}, and {done} are done",
                f"raise --trainer.{name} to go on; the results are beside it",
            )


def has_validations(trainer: Namespace | Trainer) -> bool:
    """Whether a training will be validated, as far as the settings of the trainer tell."""
    if trainer.limit_val_batches == 0:
        return False
    epochs, every = trainer.max_epochs, trainer.check_val_every_n_epoch
    return every is None or epochs is None or epochs < 0 or every <= epochs
