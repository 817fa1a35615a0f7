"""When a training ends by itself, and what it says then."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Timer
from lightning.pytorch.utilities import rank_zero_info

from rlseg.errors import RlsegError
from rlseg.training.callbacks.last_checkpoint import LastCheckpoint
from rlseg.training.ending import BATCHES_HOPELESS, RISING, Ending, Watch, out_of_time, still_rising
from rlseg.training.module import SegmentationModule
from rlseg.training.ranks import agree
from rlseg.training.schedule import batches_of


class Stops(Callback):
    """Ends a training when nothing changes any more, when its time is over, and when it is hopeless.

    It ends like any other: with a validation, panels and checkpoints, from which --ckpt_path goes on. The imitation at
    its start is never ended. Nothing random is drawn: as long as it does not end, a training is what it would be
    without this.

    Args:
        minutes: wall clock of the training, without the preparation of the images; of each start of a resumed one anew.
            None for no limit.
        unchanged: the training ends when so many validations in a row, at least two of them after the imitation, find
            on each image as many objects with the same reward (to .005). None for never.
        hopeless: the training ends, with a warning, when so many validations in a row after the imitation find nothing
            that is paid, or less than all superpixels merged or all by themselves are paid, and it does not become
            better. None for never.

    Attributes:
        ending: why the training is over; None before its end.
    """

    def __init__(self, minutes: float | None = None, unchanged: int | None = 4, hopeless: int | None = 8) -> None:
        if minutes is not None and not 0 < minutes < float("inf"):
            raise RlsegError(f"stop.minutes must be a positive number, got {minutes:g}", "leave it out for no limit")
        for name, value in (("unchanged", unchanged), ("hopeless", hopeless)):
            if value is not None and value < 1:
                raise RlsegError(f"stop.{name} must be at least 1 validation, got {value}", "null switches it off")
        self.minutes = minutes
        self.watch = Watch(unchanged, hopeless)
        self.ending: Ending | None = None
        self._began = 0.0
        self._late = False
        self._rewards: list[float] = []

    def state_dict(self) -> dict[str, Any]:
        """So that a resumed training ends where it would have ended."""
        return self.watch.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """See `state_dict`."""
        self.watch.load_state_dict(state_dict)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look at the clock."""
        self._began = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """End the training if its time is over in any process, with a validation after this batch."""
        if self.minutes is None:
            return
        in_time = time.monotonic() - self._began < 60 * self.minutes
        if not agree(trainer, in_time):
            what = "minute is" if self.minutes == 1 else "minutes are"
            self._late = True
            self._stop(trainer, Ending(f"its {self.minutes:g} {what} over"))

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the training if the validations say so."""
        if trainer.sanity_checking or trainer.state.fn != "fit" or not isinstance(pl_module, SegmentationModule):
            return
        if pl_module.results:
            self._rewards.append(sum(result.reward for result in pl_module.results) / len(pl_module.results))
        ending = self.watch.add(pl_module.results, _batches_after_imitation(trainer, pl_module))
        if ending is not None and self.ending is None:
            self._stop(trainer, ending)

    def _stop(self, trainer: Trainer, ending: Ending) -> None:
        self.ending = ending
        trainer.should_stop = True
        if trainer.check_val_every_n_epoch is not None:
            trainer.check_val_every_n_epoch = 1  # also this epoch, the last, is validated

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say what happened and what to do next."""
        by_epochs = self.ending is None and _epochs_are_over(trainer)
        if self.ending is None:
            self.ending = _limit_of(trainer)
        if trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        if not isinstance(pl_module, SegmentationModule):
            rank_zero_info(_after(trainer.global_step, self.ending))
            return
        self.ending = self._with_advice(trainer, pl_module, self.ending, by_epochs)
        what = _after(int(pl_module.steps_done), self.ending)
        if self.ending.hopeless:
            rank_zero_info(f"warning: {what}\n  {self.ending.advice}")
            return
        best = LastCheckpoint.path(trainer).with_name("best.ckpt")
        model = best if best.is_file() else LastCheckpoint.path(trainer)
        advice = f"\n  {self.ending.advice}" if self.ending.advice else ""
        rank_zero_info(
            f"{what}{advice}\nnext: rlseg predict {shlex.quote(str(model))} IMAGES --output labels --overlay"
        )

    def _with_advice(self, trainer: Trainer, module: SegmentationModule, ending: Ending, by_epochs: bool) -> Ending:
        """The same with what its result is worth, and how to go on. by_epochs: whether all epochs are done."""
        doubt, last = self.watch.doubt, LastCheckpoint.path(trainer)
        after = _batches_after_imitation(trainer, module)
        if self._late:
            total = batches_of(trainer, module.optimizer_count)
            ending = out_of_time(ending, self.minutes or 0.0, int(module.steps_done), total, after is None)
        if doubt is not None and not ending.hopeless:
            early = after is None or after < BATCHES_HOPELESS
            longer = f"it was short: go on with --ckpt_path {last} before you change the rules"
            return Ending(f"{ending.happened}, but {doubt.happened}", longer if early else doubt.advice, True)
        if by_epochs and still_rising(self._rewards):
            words = ["rlseg", "fit", "--config", str(last.parents[1] / "config.yaml"), "--ckpt_path", str(last)]
            words += ["--trainer.max_epochs", str(2 * (trainer.max_epochs or 0))]
            rewards = ", ".join(f"{reward:.3f}" for reward in self._rewards[-RISING:])
            rising = f"{ending.happened}, and the validation reward was still rising ({rewards})"
            return Ending(rising, f"go on, to twice as many epochs in all, with: {shlex.join(words)}")
        return ending


def _after(batches: int, ending: Ending) -> str:
    return f"ended after {batches} {'batch' if batches == 1 else 'batches'}: {ending.happened}"


def _batches_after_imitation(trainer: Trainer, module: SegmentationModule) -> int | None:
    """None as long as the imitation goes on, unless there is nothing but it."""
    phase, done = module.start.phase, int(module.steps_done)
    if phase.length is not None:
        return done - phase.length
    total = batches_of(trainer, module.optimizer_count)
    return done if total is not None and phase.most(total) >= total else None


def _epochs_are_over(trainer: Trainer) -> bool:
    return trainer.max_epochs is not None and 0 <= trainer.max_epochs <= trainer.current_epoch


def _limit_of(trainer: Trainer) -> Ending:
    """Which of the trainer's own limits has ended a training."""
    if _epochs_are_over(trainer):
        return Ending(f"trainer.max_epochs is {trainer.max_epochs}")
    if 0 <= trainer.max_steps <= trainer.global_step:
        return Ending(f"trainer.max_steps is {trainer.max_steps}")
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Timer) and (callback.time_remaining() or 0.0) <= 0:
            return Ending("trainer.max_time is over")
    return Ending("a callback has stopped it")
