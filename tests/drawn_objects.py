"""Drawn images of smooth objects of each look, with their outlines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage
from skimage.draw import ellipse

LOOKS = ("brighter", "darker", "outlined", "different")
GROUND, LIGHT, DARK = 0.45, 0.8, 0.12


def draw_objects(
    look: str, width: float, side: int = 220, aspect: float = 1.4, seed: int = 0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Ellipses that lie apart on a slightly uneven, noisy ground.

    Args:
        look: as in a reward file; outlined ones have bright rims.
        width: px, the middle short diameter; they are up to a tenth wider and narrower.
        side: px of the image.
        aspect: long over short diameter.
        seed: of places, angles and noise.

    Returns:
        (side, side) uint8 image, and (side, side) int32 labels, 0 = ground.
    """
    draws = np.random.default_rng(seed)
    labels = np.zeros((side, side), np.int32)
    step = width * aspect * 1.25
    number = 0
    for row in np.arange(step * 0.6, side - step * 0.5, step):
        for column in np.arange(step * 0.6, side - step * 0.5, step):
            if draws.random() < 0.15:
                continue
            number += 1
            radius = width / 2 * draws.uniform(0.9, 1.1)
            centre = draws.uniform(-0.06, 0.06, 2) * width + (row, column)
            turned = ellipse(*centre, radius, radius * aspect, labels.shape, draws.uniform(0, np.pi))
            labels[turned] = number
    inside = labels > 0
    picture = np.full(labels.shape, GROUND)
    if look == "outlined":
        picture[inside & ~ndimage.binary_erosion(inside, iterations=max(round(width / 10), 1))] = LIGHT
    elif look == "different":
        picture[inside] = np.where(labels[inside] % 2, LIGHT, DARK)
    else:
        picture[inside] = LIGHT if look == "brighter" else DARK
    picture += np.linspace(-0.03, 0.03, side)[:, None]
    picture = ndimage.gaussian_filter(picture, 0.7) + draws.normal(0, 0.02, picture.shape)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8), labels


def write_drawn(folder: Path, look: str, width: float, count: int = 1, **settings: float) -> list[np.ndarray]:
    """Write `count` such images to a folder; returns their labels."""
    folder.mkdir(parents=True)
    found = []
    for number in range(count):
        image, labels = draw_objects(look, width, seed=number, **settings)  # type: ignore[arg-type]
        Image.fromarray(image).save(folder / f"drawn{number}.png")
        found.append(labels)
    return found


def share_found(labels: npt.NDArray[np.integer], truth: npt.NDArray[np.integer]) -> float:
    """Share of the true objects that one of the labels covers with an IoU above one half."""
    hits = 0
    names = np.unique(truth[truth > 0])
    for name in names:
        mine = truth == name
        for other in np.unique(labels[mine & (labels > 0)]):
            theirs = labels == other
            hits += bool((mine & theirs).sum() > 0.5 * (mine | theirs).sum())
    return hits / len(names)
