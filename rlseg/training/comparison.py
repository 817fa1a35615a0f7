"""What is found on images beside what was found when the model was made."""

from __future__ import annotations

from collections.abc import Sequence

from lightning.pytorch import Trainer
from lightning.pytorch.utilities import rank_zero_info

from rlseg.models import Reference
from rlseg.training.evaluation import ImageResult


def compare_results(trainer: Trainer, reference: Reference | None, results: Sequence[ImageResult]) -> Reference | None:
    """Keep what a validation in a training finds; print a line for images of an evaluation that are unlike it.

    Args:
        trainer: says which of both it is.
        reference: what the model was compared with until now.
        results: of all images of all processes.

    Returns:
        What it is compared with from now on.
    """
    if trainer.state.fn == "fit":
        return Reference.of([(result.object_rewards, result.pixels) for result in results]) if results else reference
    for result in results:
        remark = None if reference is None else reference.remark(result.object_rewards, result.pixels)
        if remark is not None:
            rank_zero_info(f"warning: {result.name}: {remark}")
    return reference
