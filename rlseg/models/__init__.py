"""What is kept of a training: checkpoints and exported folders, their format and version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names

if TYPE_CHECKING:
    from rlseg.models.checkpoint import (
        read_checkpoint,
        read_unet,
        refuse_other_weights,
        refuse_without_training,
    )
    from rlseg.models.curves import CURVES, UNCHANGED, Curve, load_curves, read_curves
    from rlseg.models.earlier import upgrade
    from rlseg.models.folder import TEXT, WEIGHTS, read_arrays, read_model, write_model
    from rlseg.models.origin import stamp, version
    from rlseg.models.packed import STAMP
    from rlseg.models.reference import Reference
    from rlseg.models.settings import settings_of
    from rlseg.models.trained_model import CHECKPOINTS, CONFIG, REWARD, model_of

__all__ = [
    "CHECKPOINTS",
    "CONFIG",
    "CURVES",
    "REWARD",
    "STAMP",
    "TEXT",
    "UNCHANGED",
    "WEIGHTS",
    "Curve",
    "Reference",
    "load_curves",
    "model_of",
    "read_arrays",
    "read_checkpoint",
    "read_curves",
    "read_model",
    "read_unet",
    "refuse_other_weights",
    "refuse_without_training",
    "settings_of",
    "stamp",
    "upgrade",
    "version",
    "write_model",
]

# loaded when asked for: saying the version must not wait for torch
__getattr__ = lazy_names(
    __name__,
    {
        "checkpoint": ("read_checkpoint", "read_unet", "refuse_other_weights", "refuse_without_training"),
        "curves": ("CURVES", "UNCHANGED", "Curve", "load_curves", "read_curves"),
        "earlier": ("upgrade",),
        "folder": ("TEXT", "WEIGHTS", "read_arrays", "read_model", "write_model"),
        "origin": ("stamp", "version"),
        "packed": ("STAMP",),
        "reference": ("Reference",),
        "settings": ("settings_of",),
        "trained_model": ("CHECKPOINTS", "CONFIG", "REWARD", "model_of"),
    },
)
