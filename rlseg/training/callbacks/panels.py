"""Pictures of all stages on TensorBoard."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from PIL import Image
from tensorboard.compat.proto.summary_pb2 import Summary

from rlseg.graph import Sample, collate
from rlseg.pictures import draw_stages
from rlseg.training.module import SegmentationModule


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
    return draw_stages(
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
