"""A callback that notes what one process of a training saw and ended with."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from nuclei import digest

from rlseg.errors import RlsegError


class RankReport(Callback):
    """Writes FOLDER/rank_R.json at the end of the training.

    Args:
        folder: for the reports.
        spoil: step before which the features of the second process become NaN, if it is not negative.
    """

    def __init__(self, folder: str, spoil: int = -1) -> None:
        self.folder = Path(folder)
        self.spoil = spoil
        self.images: list[str] = []
        self.losses: list[float] = []

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.images += [sample.name for sample in batch.samples]
        if trainer.global_rank == 1 and int(pl_module.steps_done) == self.spoil:
            batch.node_features.fill_(float("nan"))

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        self.losses += [float(v) for name, v in trainer.callback_metrics.items() if name.startswith("loss/")]

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metrics = {name: float(v) for name, v in trainer.callback_metrics.items() if name.startswith("validation/")}
        report = {
            "weights": digest(dict(pl_module.state_dict())),
            "optimisers": digest([o.state_dict() for o in trainer.optimizers]),
            "images": self.images,
            "finite": all(math.isfinite(loss) for loss in self.losses),
            "losses": self.losses,
            "skipped": pl_module.guard.skipped,
            "imitated": pl_module.start.phase.length,
            "metrics": metrics,
            "world": trainer.world_size,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"rank_{trainer.global_rank}.json").write_text(json.dumps(report))


class FailOn(Callback):
    """The second process of a run fails in the middle of an epoch, in one of several ways."""

    def __init__(self, step: int, way: str, moment: str) -> None:
        self.step = step
        self.way = way
        self.moment = Path(moment)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if trainer.global_rank != 1 or int(pl_module.steps_done) != self.step:
            return
        self.moment.write_text(str(time.time()))
        if self.way == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.way == "raise":
            raise RuntimeError("this process has failed")
        raise RlsegError("this process was given something wrong")


class StopAfter(Callback):
    """Ends the training in an orderly way after some epochs, as if the machine were needed."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        trainer.should_stop = trainer.current_epoch + 1 >= self.epochs


class EasyTeacher(StopAfter):
    """What is imitated is paid little, so that the policy is soon paid more."""

    def __init__(self, epochs: int = 100) -> None:
        super().__init__(epochs)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        worth = pl_module.start.teacher.worth
        worth |= {name: replace(known, paid=0.2) for name, known in worth.items()}


class PressCtrlC(Callback):
    """Interrupts its own process in the middle of an epoch, or sends it another signal."""

    def __init__(self, step: int, number: int = int(signal.SIGINT)) -> None:
        self.step = step
        self.number = number

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if int(pl_module.steps_done) == self.step:
            os.kill(os.getpid(), self.number)
