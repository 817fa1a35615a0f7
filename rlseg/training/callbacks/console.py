"""Lines and tables on the console."""

from __future__ import annotations

from itertools import chain
from typing import cast

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only
from rich.console import Console
from rich.table import Table
from torch import Tensor

from rlseg.training.callbacks.best_checkpoint import MONITOR
from rlseg.training.landmarks import verdict_on_truth
from rlseg.training.module import SegmentationModule
from rlseg.training.run_folder import folder_of

PRETRAINING = {"validation/loss", "validation/pull", "validation/push"}


class ConsoleReport(Callback):
    """Where the run stands: a line after each validation, a table after an evaluation.

    Attributes:
        interrupted: whether a run was ended by the user.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._collapsed = 0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say where the run's files are and, where there are labels, how many objects the rules leave out."""
        rank_zero_info(f"training on {pl_module.device}, writing to {folder_of(trainer)}")
        data = trainer.datamodule  # type: ignore[attr-defined]
        if isinstance(pl_module, SegmentationModule) and trainer.is_global_zero:
            parts = data.train_samples, data.validation_samples
            labelled = (part.where(lambda facts: facts.labelled) for part in parts)
            verdict = verdict_on_truth(chain.from_iterable(labelled), pl_module.reward)
            if verdict.objects:
                rank_zero_info(f"true objects, as the superpixels show them: {verdict.sentence}")

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        """Remember an interruption, which Lightning turns into an exit code of its own."""
        self.interrupted = isinstance(exception, KeyboardInterrupt)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the line, or outside of a training the table."""
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if trainer.sanity_checking:
            return
        if metrics.keys() >= PRETRAINING:
            loss, pull, push = (metrics[name] for name in sorted(PRETRAINING))
            rank_zero_info(f"step {trainer.global_step}: loss {loss:.3f} (pull {pull:.3f}, push {push:.3f})")
        if MONITOR not in metrics:
            return
        if trainer.state.fn != "fit":
            print_table("validation", metrics)
            return
        text = (
            f"step {int(cast(Tensor, pl_module.steps_done))}: reward {metrics[MONITOR]:.3f} "
            f"(all merged {metrics['validation/reward_all_merged']:.3f}, "
            f"all split {metrics['validation/reward_all_split']:.3f}"
        )
        if "validation/reward_truth" in metrics:
            text += f", truth {metrics['validation/reward_truth']:.3f}"
        text += f"), {metrics['validation/objects']:.1f} objects an image"
        if "validation/ceiling_mean_ap" in metrics:
            text += (
                f", mAP {metrics['validation/mean_ap']:.3f} "
                f"(superpixel ceiling {metrics['validation/ceiling_mean_ap']:.3f})"
            )
        rank_zero_info(text)
        module = cast(SegmentationModule, pl_module)
        imitated = module.start.phase.length
        learning = imitated is not None and int(module.steps_done) > imitated
        advice = collapse_advice(metrics.get("validation/cut_share", 0.5)) if learning else None
        self._collapsed = 0 if advice is None else self._collapsed + 1
        if advice is not None and self._collapsed == 2:  # many a policy begins like this
            rank_zero_info(advice)

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the table."""
        print_table("test", {name: float(value) for name, value in trainer.callback_metrics.items()})


def collapse_advice(cut_share: float) -> str | None:
    """What to try when a policy does the same with every edge of all validation images; None if it does not.

    Args:
        cut_share: share of the edges that are cut, 0..1.
    """
    if 0 < cut_share < 1:
        return None
    state, start = ("merged", "model.actor.mu_start 1") if cut_share == 0 else ("separate", "model.actor.mu_start -1")
    return (
        f"  the policy has collapsed: all superpixels of all validation images are {state}. If it stays so, try "
        f"--{start}, more --model.imitation.steps, more exploration (--model.learner.entropy, or with a "
        "critic --model.learner.entropy_max), and see with `rlseg reward score` that a good segmentation is paid more"
    )


@rank_zero_only
def print_table(part: str, metrics: dict[str, float]) -> None:
    """Print the metrics of one part of the data, those by image beside those pooled over all images.

    Args:
        part: "validation" or "test".
        metrics: value of every tag "PART/NAME" and "PART/pooled_NAME"; others are left out.
    """
    mine = [tag for tag in metrics if tag.startswith(f"{part}/")]
    values = {tag.removeprefix(f"{part}/"): metrics[tag] for tag in mine}
    table = Table("metric", title=part, title_justify="left")
    table.add_column("by image", justify="right")
    table.add_column("pooled", justify="right")
    for name, value in values.items():
        if not name.startswith("pooled_"):
            pooled = values.get(f"pooled_{name}")
            table.add_row(name, f"{value:.3f}", "" if pooled is None else f"{pooled:.3f}")
    Console().print(table)
