"""What a training does when a cluster asks for the machine back."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from types import FrameType
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.utilities import rank_zero_info

from rlseg.training.callbacks.last_checkpoint import LastCheckpoint
from rlseg.training.ranks import agree


class Requeue(Checkpoint):
    """On SIGUSR1 saves last.ckpt after the step that is being made; under SLURM the job is put into the queue again.

    Lightning would save in the middle of a step, and in a distributed run while the other processes wait for this one.
    """

    def __init__(self) -> None:
        self._asked = False

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Listen; Lightning leaves a signal alone that somebody listens to."""
        if stage == "fit" and hasattr(signal, "SIGUSR1") and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGUSR1, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Save between two steps of an epoch."""
        if not trainer.is_last_batch:
            self._answer(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save after the last step of an epoch and its validation."""
        self._answer(trainer)

    def _answer(self, trainer: Trainer) -> None:
        # the signal reaches the processes of a run at different times, or only one of them
        if agree(trainer, not self._asked):
            return
        self._asked = False
        path = LastCheckpoint.path(trainer)
        trainer.save_checkpoint(path, weights_only=False)
        rank_zero_info(f"SIGUSR1: resume with --ckpt_path {path}")
        job = os.environ.get("SLURM_JOB_ID")
        if job is not None and trainer.is_global_zero:
            if "SLURM_ARRAY_JOB_ID" in os.environ:
                job = f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"
            try:
                done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True, check=False)
                said = "put into the queue again" if done.returncode == 0 else f"not requeued: {done.stderr.strip()}"
            except OSError as error:
                said = f"not requeued: scontrol {error.strerror}"
            rank_zero_info(f"SLURM job {job} is {said}")
