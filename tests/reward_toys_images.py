"""A drawn image with discs, as files, for the commands that read images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage


def _draw() -> np.ndarray:
    rows, columns = np.indices((72, 96))
    labels = np.zeros((72, 96), np.int32)
    for number, (row, column) in enumerate(((14, 14), (14, 46), (16, 79), (50, 18), (52, 50), (70, 80)), start=1):
        labels[(rows - row) ** 2 + (columns - column) ** 2 <= (5 + number % 3) ** 2] = number
    return labels


DISCS = _draw()
"""(72, 96) labels 1..6; the last disc touches the border."""


def write(folder: Path, stem: str = "discs", noise: int = 0) -> tuple[Path, Path]:
    """Write images/STEM.png and labels/STEM.png and return their paths."""
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    rng = np.random.default_rng(noise)
    pixels = ndimage.gaussian_filter(np.where(DISCS > 0, 180.0, 20.0), 1.0) + rng.normal(0, 3, DISCS.shape)
    image, labels = folder / "images" / f"{stem}.png", folder / "labels" / f"{stem}.png"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(image)
    Image.fromarray(DISCS.astype(np.uint8)).save(labels)
    return image, labels
