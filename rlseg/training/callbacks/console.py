"""What a run shows and keeps: pictures, lines and tables on the console, checkpoints."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, Checkpoint, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only
from lightning.pytorch.utilities.exceptions import SIGTERMException
from PIL import Image
from rich.console import Console
from rich.table import Table
from tensorboard.compat.proto.summary_pb2 import Summary
from torch import Tensor

from rlseg.graph.sample import Sample, collate
from rlseg.io.links import leads_out
from rlseg.pictures.panel import panel
from rlseg.training.module import SegmentationModule
from rlseg.training.run_folder import write_checkpoint

MONITOR = "validation/reward"
PRETRAINING = {"validation/loss", "validation/pull", "validation/push"}


class Progress(RichProgressBar):
    """Lightning's progress bar without the version number of the run."""

    def get_metrics(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, Any]:
        """What is shown beside the bar."""
        shown = super().get_metrics(trainer, pl_module)
        shown.pop("v_num", None)
        return shown


class BestCheckpoint(ModelCheckpoint):
    """best.ckpt in the run's folder: the largest validation reward, also of the run that this one resumes."""

    def __init__(self) -> None:
        super().__init__(monitor=MONITOR, mode="max", filename="best", enable_version_counter=False)
        self._fitted: Trainer | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Find the folder."""
        super().setup(trainer, pl_module, stage)
        self._fitted = trainer if stage == "fit" else None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Bring the best checkpoint so far into this run's folder; Lightning would forget it.

        It is the one beside the checkpoint that is resumed: what path that one names is not asked, for it may come from
        somebody else, and its folder may have been moved.
        """
        if self._fitted is None or not self._fitted.ckpt_path or self.dirpath is None:
            return
        earlier = Path(self._fitted.ckpt_path).parent / "best.ckpt"
        if not state_dict["best_model_path"] or not earlier.is_file() or leads_out(earlier, earlier.parent):
            return
        here = Path(self.dirpath) / earlier.name
        if here.resolve() != earlier.resolve():
            _copy(earlier, here)
        score = state_dict["best_model_score"]
        moved = {
            "dirpath": self.dirpath,
            "best_model_path": str(here),
            "kth_best_model_path": str(here),
            "best_k_models": {str(here): score},
        }
        super().load_state_dict(state_dict | moved)


def run_folder(trainer: Trainer) -> str:
    """Where a run writes to; all processes must ask."""
    return trainer.log_dir or trainer.default_root_dir


@rank_zero_only
def _copy(source: Path, target: Path) -> None:
    write_checkpoint(target, source.read_bytes())


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
            rank_zero_info(f"resume with --ckpt_path {self.path(trainer)}")

    @staticmethod
    def path(trainer: Trainer) -> Path:
        """Where it is."""
        return Path(run_folder(trainer)) / "checkpoints" / "last.ckpt"


class ValidationPanels(Callback):
    """Draws all stages of a few fixed validation images after validations 1, 2, 3, 4, 6, 8, 11, 15, ... and the last.

    TensorBoard shows ten pictures of a kind, and to draw all of them would take a quarter of a short training.

    Args:
        images: how many, evenly spread over the validation set.
    """

    def __init__(self, images: int = 3) -> None:
        self.images = images
        self.validations = 0
        self.drawn = 0

    def state_dict(self) -> dict[str, int]:
        """So that a resumed training goes on."""
        return {"validations": self.validations, "drawn": self.drawn}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """See `state_dict`."""
        self.validations, self.drawn = state_dict["validations"], state_dict["drawn"]

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw if it is time to."""
        if not trainer.sanity_checking:
            self.validations += 1
            if self.validations >= 1.3 * self.drawn:
                self._draw(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw what the last validation has not."""
        if self.drawn < self.validations:
            pl_module.eval()
            with torch.no_grad():
                self._draw(trainer, pl_module)
            pl_module.train()

    def _draw(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.drawn = self.validations
        boards = [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
        if not boards or not trainer.is_global_zero or not isinstance(pl_module, SegmentationModule):
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        samples = data.validation_samples
        step = int(pl_module.steps_done)
        for index in np.unique(np.linspace(0, len(samples) - 1, min(self.images, len(samples))).astype(int)):
            picture = draw_panel(pl_module, samples[index])
            for board in boards:
                board.experiment.file_writer.add_summary(picture_summary(samples[index].name, picture), step)


def picture_summary(name: str, picture: np.ndarray) -> Summary:
    """An (H, W, 3) uint8 picture for TensorBoard; its own writer compresses hard, for three times the time and 10 %."""
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "PNG", compress_level=3)
    height, width, channels = picture.shape
    image = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=encoded.getvalue())
    return Summary(value=[Summary.Value(tag=name, image=image)])


def draw_panel(module: SegmentationModule, sample: Sample) -> np.ndarray:
    """All stages of one sample as an (height, width, 3) uint8 picture."""
    batch = collate([sample]).to(module.device)
    result = module.segment(batch)[0]
    nodes = module.state(batch).nodes.detach().cpu().numpy()
    labels = result.outcome.segments.labels[0]
    score = result.outcome.breakdown.segment_score
    return panel(
        sample.image,
        sample.superpixels,
        sample.edge_index,
        result.actions,
        nodes,
        labels,
        np.clip(score[labels], 0, 1),
        result.labels,
        sample.truth,
    )


class ConsoleReport(Callback):
    """Where the run stands: a line after each validation, a table after an evaluation.

    Attributes:
        interrupted: whether a run was ended by the user.
    """

    def __init__(self) -> None:
        self.interrupted = False
        self._collapsed = 0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say where the run's files are."""
        rank_zero_info(f"training on {pl_module.device}, writing to {run_folder(trainer)}")

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
        learning = int(module.steps_done) > module.imitation.config.steps
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
        f"--{start}, more --model.imitation.steps, more exploration (--model.policy_gradient.entropy, or "
        "--model.sac.entropy_max), and see with `rlseg reward score` that a good segmentation is paid more than this"
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
