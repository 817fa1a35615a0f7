"""The last checkpoint of a training, from which it can go on."""

from __future__ import annotations

from pathlib import Path

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.utilities import rank_zero_info
from lightning.pytorch.utilities.exceptions import SIGTERMException

from rlseg.training.run_folder import folder_of


class LastCheckpoint(Checkpoint):
    """last.ckpt in the run's folder, after every epoch.

    To resume from it gives what the uninterrupted run would have given, bit for bit on a CPU. A run that SIGTERM ends
    saves once more, after the step that is being made; one that is interrupted within its first epoch leaves the state
    it had.
    """

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save."""
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            trainer.save_checkpoint(self.path(trainer), weights_only=False)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Save, if no other process would have to join in; in the middle of a step only for want of better."""
        began = trainer.state.fn == "fit" and trainer.global_step > 0
        stopped = isinstance(exception, KeyboardInterrupt | SIGTERMException)
        if stopped and began and trainer.world_size == 1:
            between_steps = isinstance(exception, SIGTERMException) and trainer.training
            if between_steps or not self.path(trainer).exists():
                trainer.save_checkpoint(self.path(trainer), weights_only=False)
            rank_zero_info(f"resume with --ckpt_path {self.path(trainer)} added to the same command")

    @staticmethod
    def path(trainer: Trainer) -> Path:
        """Where it is."""
        return Path(folder_of(trainer)) / "checkpoints" / "last.ckpt"
