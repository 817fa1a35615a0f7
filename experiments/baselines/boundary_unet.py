"""Learn from labels where objects are and where they end, and write maps of both for folders of images.

    python -m experiments.baselines.boundary_unet --config experiments/nuclei_unet.yaml
    python -m experiments.baselines.boundary_unet --train TRAIN --others '[TEST]' --output OUTPUT --help

TRAIN and TEST are folders with images/ and labels/ (those of TEST are not looked at). A UNet predicts for every pixel
the probabilities that it lies in an object, and that a boundary lies between it and the pixel to its right, and the one
below. The training images are dealt into folds, and each fold gets the maps of a net that has trained without it, so
that these maps are as good, or as bad, as those of new images; other folders get the mean over the nets.

Writes OUTPUT/NAME/maps/STEM.tif (3 channels: object, boundary to the right, boundary below) for each folder NAME, with
links to its images and labels; boundary_superpixels.py makes superpixels of them. Nothing is done again when the
settings are those of the last time. What a training logs is in OUTPUT/fold_N, for TensorBoard.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import numpy.typing as npt
import tifffile
import torch
from jsonargparse import auto_cli
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, IterableDataset

from experiments.baselines.classical import load
from experiments.results.command import one_line_errors
from experiments.results.folders import share
from rlseg.agent import UNet, UNetConfig
from rlseg.arrays import Labels, Pixels
from rlseg.commands.quiet import calm
from rlseg.data import Normalisation
from rlseg.data.superpixels import relative_brightness
from rlseg.errors import RlsegError
from rlseg.io import atomic, find_images, read_image

Pair = tuple[Pixels, Labels]

# a boundary is a small part of the pixels: its two channels count more, the same for every class within them
WEIGHTS = (1.0, 3.0, 3.0)


def targets(labels: npt.NDArray[np.integer]) -> Pixels:
    """What the net shall predict of (H, W) labels: (3, H, W) of 0 and 1.

    Channel 0: in an object. Channels 1 and 2: the pixel to the right, and the one below, has another label.
    """
    result = np.zeros((3, *labels.shape), np.float32)
    result[0] = labels > 0
    result[1, :, :-1] = labels[:, :-1] != labels[:, 1:]
    result[2, :-1] = labels[:-1] != labels[1:]
    return result


def inputs(image: Pixels, brightness: bool) -> Pixels:
    """A (C, H, W) image in [0, 1]; if wanted with one more channel, its brightness relative to background and peaks."""
    if not brightness:
        return image
    level = relative_brightness(image.mean(axis=0).astype(np.float64)).level
    return np.concatenate([image, np.clip(level, 0, 1.5)[None].astype(np.float32)])


class Crops(IterableDataset[tuple[Tensor, Tensor]]):
    """Batches of random crops, turned, mirrored and with another gamma of the first channel.

    Args:
        pairs: (C, H, W) images >= 0 with their (H, W) labels.
        count: batches.
        batch: crops a batch.
        side: of a crop in pixels; less where an image is smaller.
        seed: the only source of randomness.
    """

    def __init__(self, pairs: Sequence[Pair], count: int, batch: int, side: int, seed: int) -> None:
        self.pairs, self.count, self.batch, self.seed = pairs, count, batch, seed
        self.side = min(side, *(n for image, _ in pairs for n in image.shape[1:]))

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        random = np.random.default_rng(self.seed)
        for _ in range(self.count):
            chosen = [self._crop(self.pairs[n], random) for n in random.integers(len(self.pairs), size=self.batch)]
            yield tuple(torch.from_numpy(np.stack(part)) for part in zip(*chosen, strict=True))  # type: ignore[misc]

    def _crop(self, pair: Pair, random: np.random.Generator) -> tuple[Pixels, Pixels]:
        image, labels = pair
        row, column = (random.integers(n - self.side + 1) for n in labels.shape)
        place = (slice(row, row + self.side), slice(column, column + self.side))
        turns, mirrored = random.integers(4), random.integers(2)
        crop = np.rot90(image[:, *place], turns, (1, 2))[:, :: 1 - 2 * mirrored]
        truth = np.rot90(labels[place], turns)[:: 1 - 2 * mirrored]
        crop = np.concatenate([crop[:1] ** np.exp(random.uniform(-0.5, 0.5)), crop[1:]])
        return crop.astype(np.float32), targets(truth)


class BoundaryUNet(L.LightningModule):
    """A UNet that learns `targets` by cross-entropy.

    Args:
        channels: of the images.
        widths: of the UNet's levels, finest first.
        lr: largest learning rate of the one-cycle schedule.
        steps: of the training.
        shares: of the targets that are 1, what the net predicts of every pixel before it has learned anything.
    """

    def __init__(
        self, channels: int, widths: tuple[int, ...], lr: float, steps: int, shares: tuple[float, ...] = (0.5, 0.5, 0.5)
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = UNet(channels, UNetConfig(widths=widths, out_channels=3))
        torch.nn.init.zeros_(self.net.out.weight)
        with torch.no_grad():
            self.net.out.bias.copy_(torch.logit(torch.tensor(shares), eps=1e-3))
        self.lr, self.steps = lr, steps
        self.register_buffer("weights", torch.tensor(WEIGHTS)[:, None, None])

    def configure_optimizers(self) -> Any:
        """AdamW with one cycle of the learning rate."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.lr, total_steps=self.steps, pct_start=0.2)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Mean weighted cross-entropy of images (B, C, H, W) against targets (B, 3, H, W)."""
        images, wanted = batch
        return (self.weights * binary_cross_entropy_with_logits(self.net(images), wanted, reduction="none")).mean()

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """One batch."""
        loss = self.loss(batch)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """One image of the fold that is not trained on."""
        self.log("validation/loss", self.loss(batch), batch_size=1)

    @torch.no_grad()
    def maps(self, image: Pixels) -> Pixels:
        """Probabilities (3, H, W) of a (C, H, W) image, see `inputs`."""
        return torch.sigmoid(self.net(torch.from_numpy(image)[None].to(self.device)))[0].cpu().numpy()


def train_net(
    pairs: Sequence[Pair], held_out: Sequence[Pair], folder: Path, seed: int, settings: dict[str, Any]
) -> BoundaryUNet:
    """Train one net and log to a folder; `held_out` images are only for the validation loss, at the end."""
    calm()
    torch.set_num_threads(1)  # the layers are too small to share between threads
    shutil.rmtree(folder, ignore_errors=True)
    L.seed_everything(seed, verbose=False)
    steps = settings["steps"]
    shares = np.mean([targets(labels).mean(axis=(1, 2)) for _, labels in pairs], axis=0)
    model = BoundaryUNet(len(pairs[0][0]), tuple(settings["widths"]), settings["lr"], steps, tuple(shares.tolist()))
    trainer = L.Trainer(
        max_steps=steps,
        max_epochs=-1,
        logger=TensorBoardLogger(folder.parent, folder.name, version=""),
        enable_checkpointing=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
    )
    crops = Crops(pairs, steps, settings["batch"], settings["crop"], seed)
    checks = [(torch.from_numpy(image)[None], torch.from_numpy(targets(labels))[None]) for image, labels in held_out]
    trainer.fit(model, DataLoader(crops, batch_size=None), DataLoader(checks, batch_size=None))  # type: ignore[arg-type]
    trainer.save_checkpoint(folder / "net.ckpt", weights_only=True)
    print(f"{folder}: validation loss {float(trainer.callback_metrics['validation/loss']):.4f}", flush=True)
    return model.eval()


def write_maps(path: Path, maps: Pixels) -> None:
    """Write (3, H, W) probabilities as a TIFF of 16-bit floats."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as file:
        tifffile.imwrite(
            file,
            maps.astype(np.float16),
            compression="zlib",
            photometric="minisblack",
            planarconfig="separate",
            metadata={"axes": "CYX"},
        )


def cross_fit(train: Path, others: Sequence[Path], output: Path, settings: dict[str, Any], processes: int) -> None:
    """Train a net for each fold, in so many processes, and write all maps.

    Raises:
        RlsegError: images or labels are missing or cannot be read, or there are fewer images than folds.
    """
    stems = [file.stem for file in find_images(train / "images", train / "labels")]
    loaded = load(train / "images", train / "labels", gray=False)
    channels = len(loaded[0][0])
    pairs = [(inputs(image, settings["brightness"]), labels) for image, labels in loaded]
    folds = settings["folds"]
    if not 2 <= folds <= len(pairs):
        raise RlsegError(f"folds must be at least 2 and at most the {len(pairs)} images, got {folds}")
    fold = np.random.default_rng(settings["seed"]).permutation(len(pairs)) % folds
    jobs = []
    for number in range(folds):
        seen, held_out = (
            [pair for pair, f in zip(pairs, fold == number, strict=True) if f == h] for h in (False, True)
        )
        jobs.append((seen, held_out, output / f"fold_{number}", settings["seed"] + number, settings))
    # in processes of their own, which share no threads; spawned, for torch does not survive a fork
    with ProcessPoolExecutor(processes, get_context("spawn")) if processes > 1 else nullcontext() as pool:
        nets = list((pool.map if pool else map)(train_net, *zip(*jobs, strict=True)))
    share(train, output / train.name)
    for stem, (image, _), number in zip(stems, pairs, fold, strict=True):
        write_maps(output / train.name / "maps" / f"{stem}.tif", nets[number].maps(image))
    for folder in others:
        share(folder, output / folder.name)
        for file in find_images(folder / "images"):
            image = inputs(
                Normalisation().apply(read_image(file.image, channels).pixels).pixels, settings["brightness"]
            )
            write_maps(
                output / folder.name / "maps" / f"{file.stem}.tif", np.mean([n.maps(image) for n in nets], axis=0)
            )


def run(
    train: Path,
    output: Path,
    others: list[Path] = [],  # noqa: B006
    folds: int = 2,
    widths: tuple[int, ...] = (16, 32, 64),
    steps: int = 320,
    batch: int = 8,
    crop: int = 128,
    lr: float = 5e-3,
    brightness: bool = False,
    seed: int = 0,
    processes: int = 1,
) -> None:
    """Train the nets and write the maps, unless that has been done with the same settings.

    Args:
        train: folder with images/ and labels/ to learn from.
        output: folder for everything that is written.
        others: more folders with images/ to write maps for.
        folds: nets, each trained without one part of the training images.
        widths: channels of the UNet's levels, finest first.
        steps: batches of each training.
        batch: crops a batch.
        crop: side of a crop in pixels.
        lr: largest learning rate.
        brightness: show the nets also the brightness relative to the local background and peak, for bright objects.
        seed: of folds, weights and crops.
        processes: that train nets at the same time; the result does not depend on it.
    """
    names = [folder.name for folder in (train, *others)]
    if len(set(names)) < len(names):
        raise RlsegError(f"folders must have different names, got {', '.join(names)}")
    keys = ("folds", "widths", "steps", "batch", "crop", "lr", "brightness", "seed")
    settings = {key: value for key, value in locals().items() if key in keys}
    text = json.dumps(settings | {"train": str(train), "others": list(map(str, others))}, indent=1)
    done = output / "settings.json"
    if done.is_file() and done.read_text(encoding="utf-8") == text:
        print(f"{output}: done before with these settings")
        return
    done.unlink(missing_ok=True)
    cross_fit(train, others, output, settings, processes)
    done.write_text(text, encoding="utf-8")


@one_line_errors
def main(arguments: list[str] | None = None) -> int:
    """Run the script; returns the exit code."""
    calm()
    auto_cli(run, args=arguments, as_positional=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
