"""Pictures of all stages, as files and on TensorBoard."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.loggers import TensorBoardLogger
from PIL import Image
from tensorboard.compat.proto.summary_pb2 import Summary

from rlseg.graph import Sample, collate
from rlseg.pictures import cut_sections, draw_stages
from rlseg.training.module import SegmentationModule
from rlseg.training.run_folder import folder_of

FOLDER = "panels"
GROUP = "Pictures"  # on TensorBoard, where groups named after images came before all curves
MOST_STEPS = 12
"""Panels of so many steps are kept as files, the first and the last ones."""


class ValidationPanels(Callback):
    """Draws all stages of a few fixed validation images after validations 1, 2, 3, 4, 6, 8, 11, 15, ... and the last.

    They are kept in the run's folder as panels/STEP_NAME.png, and beside them by TensorBoard. TensorBoard shows ten
    pictures of a kind, and to draw all of them would take a quarter of a short training.

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
        folder = Path(folder_of(trainer)) / FOLDER
        if not trainer.is_global_zero or not isinstance(pl_module, SegmentationModule):
            return
        boards = [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
        files = trainer.state.fn == "fit" and not trainer.fast_dev_run  # type: ignore[attr-defined]
        if not boards and not files:
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        samples = data.validation_samples
        step = int(pl_module.steps_done)
        for index in np.unique(np.linspace(0, len(samples) - 1, min(self.images, len(samples))).astype(int)):
            picture = draw_panel(pl_module, samples[index])
            encoded = as_png(picture)
            for board in boards:
                summary = picture_summary(f"{GROUP}/{samples[index].name}", picture, encoded)
                board.experiment.file_writer.add_summary(summary, step)
            if files:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / file_name(step, samples[index].name)).write_bytes(encoded)
        forget_old(folder)


def file_name(step: int, name: str) -> str:
    """Of a panel: files of later steps come later, and names of images cannot lead elsewhere."""
    plain = re.sub(r"[^\w.-]", "_", name)
    return f"{step:06d}_{plain}.png"


def forget_old(folder: Path) -> None:
    """Remove panels of a folder so that those of the first and of the last MOST_STEPS - 1 steps are left."""
    steps: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("[0-9]*_*.png")):
        steps.setdefault(path.name.partition("_")[0], []).append(path)
    for step in sorted(steps)[1 : 1 - MOST_STEPS]:
        for path in steps[step]:
            path.unlink()


def as_png(picture: np.ndarray) -> bytes:
    """An (H, W, 3) uint8 picture, compressed little: TensorBoard's own way takes three times as long for 10 %."""
    encoded = io.BytesIO()
    Image.fromarray(picture).save(encoded, "PNG", compress_level=3)
    return encoded.getvalue()


def picture_summary(name: str, picture: np.ndarray, encoded: bytes) -> Summary:
    """An (H, W, 3) uint8 picture and its PNG for TensorBoard."""
    height, width, channels = picture.shape
    image = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=encoded)
    return Summary(value=[Summary.Value(tag=name, image=image)])


def draw_panel(module: SegmentationModule, sample: Sample) -> np.ndarray:
    """All stages of one sample as an (height, width, 3) uint8 picture; of a volume its sections, see `cut_sections`."""
    batch = collate([sample]).to(module.device)
    result = module.segment(batch)[0]
    nodes = module.state(batch).nodes.detach().cpu().numpy()
    labels = result.outcome.segments.labels[0]
    score = result.outcome.breakdown.segment_score
    image, superpixels, segmentation, truth = sample.image, sample.superpixels, result.labels, sample.truth
    counts = None
    if sample.regions.is_volume:
        counts = [0 if part is None else len(np.unique(part[part > 0])) for part in (segmentation, truth)]
        place = cut_sections(sample.image, sample.regions.spacing[0])
        image, superpixels, segmentation = place.of(image), place.of(superpixels), place.of(segmentation)
        truth = None if truth is None else place.of(truth)
    return draw_stages(
        image,
        superpixels,
        sample.edge_index,
        result.actions,
        nodes,
        labels,
        np.clip(score[labels], 0, 1),
        segmentation,
        truth,
        counts=counts,
    )
