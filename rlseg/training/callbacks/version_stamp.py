"""Checkpoints say which rlseg wrote them."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from rlseg.models import STAMP, stamp


class VersionStamp(Callback):
    """Adds format and version to every checkpoint."""

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Add them."""
        checkpoint[STAMP] = stamp()
