"""What a run shows: pictures on TensorBoard and one line a validation on the console."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_info, rank_zero_only

from rlseg.module import SegmentationModule
from rlseg.pictures import panel
from rlseg.sample import collate


class ValidationPanels(Callback):
    """Draws all stages of a few fixed validation images after each validation.

    Args:
        images: how many, evenly spread over the validation set.
    """

    def __init__(self, images: int = 3) -> None:
        self.images = images

    @rank_zero_only
    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw; only on the first process."""
        boards = [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
        if not boards or trainer.sanity_checking or not isinstance(pl_module, SegmentationModule):
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        samples = data.validation_samples
        for index in np.unique(np.linspace(0, len(samples) - 1, min(self.images, len(samples))).astype(int)):
            picture = draw_panel(pl_module, samples[index])
            for board in boards:
                board.experiment.add_image(samples[index].name, picture, int(pl_module.steps_done), dataformats="HWC")


def draw_panel(module: SegmentationModule, sample: Any) -> np.ndarray:
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
    """One line after each validation: where the run stands, in numbers that need no labels."""

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Print the line."""
        metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if trainer.sanity_checking or "validation/reward" not in metrics:
            return
        text = (
            f"step {int(pl_module.steps_done)}: reward {metrics['validation/reward']:.3f} "
            f"(all merged {metrics['validation/reward_all_merged']:.3f}, "
            f"all split {metrics['validation/reward_all_split']:.3f}), "
            f"{metrics['validation/objects']:.1f} objects an image"
        )
        if "validation/mean_ap" in metrics:
            text += f", mAP {metrics['validation/mean_ap']:.3f}"
        rank_zero_info(text)
