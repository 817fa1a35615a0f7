"""The LightningModule of `rlseg pretrain`: pixel features without labels and without rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.optim import Adam
from torch.optim.lr_scheduler import LinearLR

from rlseg.agent import ContrastiveConfig, UNet, UNetConfig, discriminative_loss, pair_weights
from rlseg.errors import RlsegError
from rlseg.graph import Batch, Sample
from rlseg.models import refuse_other_weights
from rlseg.training.optimisation import PATIENCE

FINAL_RATE = 0.02


class PretrainingModule(LightningModule):
    """Trains the pixel feature network by `discriminative_loss` over superpixels.

    Its checkpoint is where `rlseg fit --model.features.unet.weights CHECKPOINT` starts from.

    Args:
        unet: the network, as it will be in model.features.unet.
        loss: margins.
        lr: learning rate of Adam at the beginning; it falls linearly to 2 %.
        clip: largest gradient norm.
        seed: of the weights.
        channels: of the images; taken from the data if none. Checkpoints carry it.
        dimensions: 2, or 3 of volumes; likewise.

    Attributes:
        unet: the network; exists once the channels are known.
        optimizer_count: optimisers that step on each batch.
    """

    optimizer_count = 1

    def __init__(
        self,
        unet: UNetConfig = UNetConfig(),
        loss: ContrastiveConfig = ContrastiveConfig(),
        lr: float = 3e-3,
        clip: float = 10.0,
        seed: int = 0,
        channels: int | None = None,
        dimensions: int = 2,
    ) -> None:
        super().__init__()
        # values of a checkpoint arrive as plain dicts
        self.network = UNetConfig.model_validate(unet)
        self.loss = ContrastiveConfig.model_validate(loss)
        self.lr = lr
        self.clip = clip
        self.seed = seed
        self.channels = channels
        self._left_out = 0
        self.unet: UNet
        if channels is not None:
            self._build(channels, dimensions)

    def _build(self, channels: int, dimensions: int) -> None:
        self.channels = channels
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.unet = UNet(channels, self.network, dimensions)
        settings = {
            "unet": self.network.model_dump(mode="json"),
            "loss": self.loss.model_dump(mode="json"),
            "lr": self.lr,
            "clip": self.clip,
            "seed": self.seed,
            "channels": channels,
            "dimensions": dimensions,
        }
        self.save_hyperparameters(settings)

    def prepare(self, samples: Sequence[Sample], turned: bool = False) -> None:
        """Build the network once the data are known.

        Raises:
            RlsegError: a checkpoint has brought a network for images with other channels, or for volumes.
        """
        channels, dimensions = len(samples[0].image), samples[0].superpixels.ndim
        if self.channels is None:
            self._build(channels, dimensions)
        elif channels != self.channels:
            raise RlsegError(f"the checkpoint was trained on {self.channels} channels, these images have {channels}")
        elif dimensions != self.unet.dimensions:
            kinds = {2: "images", 3: "volumes"}
            raise RlsegError(
                f"the checkpoint was trained on {kinds[self.unet.dimensions]}, these are {kinds[dimensions]}"
            )

    def setup(self, stage: str) -> None:
        """See `prepare`."""
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        self.prepare(data.samples_of(stage))

    def check_weights(self, weights: Mapping[str, Tensor]) -> None:
        """See `refuse_other_weights`."""
        hint = "give one of rlseg pretrain with the same model.unet"
        refuse_other_weights(self.state_dict(), weights, "the checkpoint", hint)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Adam with a falling rate."""
        optimizer = Adam(self.unet.parameters(), lr=self.lr)
        steps = max(int(self.trainer.estimated_stepping_batches), 1)
        falling = LinearLR(optimizer, start_factor=1.0, end_factor=FINAL_RATE, total_iters=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": falling, "interval": "step"}}

    def configure_gradient_clipping(self, optimizer: Any, *_: Any, **__: Any) -> None:
        """Clip, whatever the trainer says, as a training does; leave out an update that is not finite.

        Raises:
            RlsegError: ten of them in a row.
        """
        norm = torch.nn.utils.clip_grad_norm_(self.unet.parameters(), self.clip)
        self._left_out = 0 if torch.isfinite(norm) else self._left_out + 1
        if self._left_out:
            optimizer.zero_grad()  # an optimiser leaves alone what has no gradient
        if self._left_out == PATIENCE:
            raise RlsegError(
                f"the pre-training has diverged: {PATIENCE} updates in a row are not finite",
                "lower model.lr, or look for images with extreme values",
            )

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a batch."""
        loss, parts = self._loss(batch)
        self.log_dict({f"loss/{name}": value for name, value in parts.items()}, batch_size=1)
        self.log("loss", loss.detach(), prog_bar=True, batch_size=1)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """The same on a validation image."""
        loss, parts = self._loss(batch)
        values = {"validation/loss": float(loss)} | {f"validation/{name}": value for name, value in parts.items()}
        self.log_dict(values, batch_size=len(batch.samples), sync_dist=self.trainer.world_size > 1)

    def _loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        pixels = torch.cat([features.flatten(1) for features in self.unet.of_images(batch.images, batch.spacings)], 1)
        numbered = [ids.flatten() + first for ids, first in zip(batch.superpixels, batch.node_start[:-1], strict=True)]
        weight = None
        if self.loss.by_guide:
            weight = torch.from_numpy(np.concatenate([pair_weights(sample.guide) for sample in batch.samples]))
            weight = weight.to(pixels.device)
        graph = (batch.edge_index, batch.num_nodes)
        return discriminative_loss(pixels, torch.cat(numbered), *graph, self.loss, weight)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add how images are prepared."""
        data: Any = getattr(self.trainer, "datamodule", None)
        if data is not None:
            checkpoint["preparation"] = data.preparation.model_dump(mode="json")
