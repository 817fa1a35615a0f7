"""Crops of the nuclei that the repository ships, and tiny runs of the command line on them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image

from rlseg.__main__ import main
from rlseg.io.read import read_image, read_labels
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.reward import Reward

ROOT = Path(__file__).parent.parent
REWARD = ROOT / "rewards" / "nuclei.yaml"
TRAIN = ROOT / "experiments" / "data" / "nuclei" / "train"
SIZE = 96


def compiled(text: str) -> Reward:
    """The reward file with this text after a plain head."""
    return Reward(parse_reward("version: 1\nname: test\nunits: {length: px, intensity: unit}\n" + text, "test.yaml"))


def crop(number: int, size: int = SIZE) -> tuple[np.ndarray, str, np.ndarray]:
    """The (1, size, size) part with most objects of one training image, its name and its truth."""
    path = sorted((TRAIN / "images").iterdir())[5 * number]
    pixels = read_image(path).pixels
    truth = read_labels(TRAIN / "labels" / path.name, pixels.shape[1:])
    corners = [(r, c) for r in range(0, 257 - size, 32) for c in range(0, 257 - size, 32)]
    row, column = max(corners, key=lambda at: len(np.unique(truth[at[0] : at[0] + size, at[1] : at[1] + size])))
    window = (slice(row, row + size), slice(column, column + size))
    labels = np.unique(truth[window], return_inverse=True)[1].reshape(size, size).astype(np.int32)
    return pixels[(slice(None), *window)], path.stem, labels


def write_folder(folder: Path, count: int) -> Path:
    """PNGs of some crops under folder/images and folder/labels."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        pixels, name, labels = crop(number)
        Image.fromarray(pixels[0].astype(np.uint8)).save(folder / "images" / f"{name}.png")
        Image.fromarray(labels.astype(np.uint8)).save(folder / "labels" / f"{name}.png")
    return folder


def digest(values: Any) -> str:
    """Hash of every tensor, number and text in nested dicts and lists, in order."""
    total = hashlib.sha256()

    def add(value: Any) -> None:
        if isinstance(value, torch.Tensor):
            total.update(value.detach().cpu().contiguous().numpy().tobytes())
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                total.update(str(key).encode())
                add(value[key])
        elif isinstance(value, list | tuple):
            for item in value:
                add(item)
        else:
            total.update(repr(value).encode())

    add(values)
    return total.hexdigest()


@dataclass(frozen=True)
class Run:
    """A finished run of `rlseg fit`: its folder."""

    GUIDED: ClassVar[tuple[str, ...]] = (
        *("--model.learner.kind", "guided", "--model.critic.objects", "true", "--model.learner.warmup_steps", "2"),
        *("--model.learner.samples", "3", "--model.learner.replay_capacity", "6"),
    )
    folder: Path

    @staticmethod
    def words(folder: Path, runs: Path, *more: str) -> list[str]:
        """The command line of a tiny training that logs every step."""
        return [
            *("fit", "--allow", "rank_report", "--model.reward", str(REWARD), "--model.learner.samples", "4"),
            *("--model.imitation.steps", "6", "--model.imitation.share", "0.5", "--model.imitation.lr", "0.01"),
            *("--model.threads", "1"),
            *("--data.images", str(folder / "images"), "--data.labels", str(folder / "labels")),
            *("--data.cache", str(folder / "cache"), "--data.workers", "1", "--data.batch_size", "2"),
            *("--data.batches_per_epoch", "3", "--data.validation_share", "0.4"),
            *("--trainer.accelerator", "cpu", "--trainer.max_epochs", "4", "--trainer.log_every_n_steps", "1"),
            *("--trainer.enable_progress_bar", "false", "--report", "false"),
            *("--trainer.logger", "lightning.pytorch.loggers.TensorBoardLogger"),
            *("--trainer.logger.save_dir", str(runs), "--trainer.logger.name", "tiny", *more),
        ]

    @classmethod
    def fit(cls, folder: Path, runs: Path, *more: str) -> Run:
        """Train, through the entry point of the command."""
        assert main(cls.words(folder, runs, *more)) == 0
        return cls.newest(runs)

    @classmethod
    def newest(cls, runs: Path) -> Run:
        """The latest run below a folder."""
        return cls(max((runs / "tiny").iterdir(), key=lambda path: int(path.name.removeprefix("version_"))))

    @property
    def last(self) -> Path:
        """Checkpoint of the last epoch."""
        return self.folder / "checkpoints" / "last.ckpt"

    @property
    def best(self) -> Path:
        """Checkpoint of the largest validation reward."""
        return self.folder / "checkpoints" / "best.ckpt"

    def content(self) -> dict[str, Any]:
        """What the last checkpoint holds."""
        return torch.load(self.last, map_location="cpu", weights_only=True)
