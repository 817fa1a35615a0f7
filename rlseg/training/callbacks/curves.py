"""The numbers of all validations of a run, in a file that anybody can read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, cast

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback

from rlseg.models import CURVES, read_curves
from rlseg.training.callbacks.stops import Stops
from rlseg.training.ending import Ending
from rlseg.training.module import SegmentationModule
from rlseg.training.run_folder import folder_of

KEPT = ("validation/", "reward/", "policy/")


class Curves(Callback):
    """Writes curves.jsonl into the run's folder: a line of JSON for each validation, one when a training begins or goes
    on, and one at its end, which says why.

    A line has "step" (batches), "seconds" since this start, and "metrics" by their tags. A resumed run takes over the
    lines of the run that it resumes, up to the step from which it goes on.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._path = Path(CURVES)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take over what was before."""
        self._began = time.monotonic()
        self._path = Path(folder_of(trainer)) / CURVES  # all processes must ask
        if not self._writes(trainer, pl_module):
            return
        step = int(cast(SegmentationModule, pl_module).steps_done)
        earlier: list[dict[str, Any]] = []
        if trainer.ckpt_path:
            lines = read_curves(Path(trainer.ckpt_path).parents[1])
            earlier = [line for line in lines if line["step"] <= step and "ended" not in line]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(f"{json.dumps(line)}\n" for line in earlier), encoding="utf-8")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add a line."""
        if trainer.sanity_checking or trainer.state.fn != "fit" or not self._writes(trainer, pl_module):
            return
        known = trainer.callback_metrics | trainer.logged_metrics
        metrics = {tag: float(value) for tag, value in known.items() if tag.startswith(KEPT)}
        imitation = cast(SegmentationModule, pl_module).start.phase.length is None
        self._add(pl_module, {"imitation": imitation, "metrics": metrics})

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say why it is over; `Stops` has found out."""
        if self._writes(trainer, pl_module):
            for callback in trainer.callbacks:  # type: ignore[attr-defined]
                if isinstance(callback, Stops) and callback.ending is not None:
                    self._end(pl_module, callback.ending)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Say that it was interrupted."""
        if trainer.state.fn == "fit" and self._writes(trainer, pl_module) and self._path.exists():
            what = "interrupted" if isinstance(exception, KeyboardInterrupt) else f"error: {exception}".splitlines()[0]
            self._end(pl_module, Ending(what))

    def _end(self, module: LightningModule, ending: Ending) -> None:
        self._add(module, {"ended": ending.happened, "advice": ending.advice, "hopeless": ending.hopeless})

    def _add(self, module: LightningModule, more: dict[str, Any]) -> None:
        step = int(cast(SegmentationModule, module).steps_done)
        line = {"step": step, "seconds": round(time.monotonic() - self._began, 1)} | more
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")

    @staticmethod
    def _writes(trainer: Trainer, module: LightningModule) -> bool:
        mine = trainer.is_global_zero and not trainer.fast_dev_run  # type: ignore[attr-defined]
        return mine and isinstance(module, SegmentationModule)
