"""Synthetic images: discs on a striped background, after section 4.1 of arXiv:2107.02600."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from rlseg.arrays import Floats

Background = Literal["oriented", "radial", "any"]

GAP = 2.0  # px between two discs, so that each is one connected object
BLUR = 0.5
NOISE = 0.03


@dataclass(frozen=True)
class CircleImage:
    """One image and its truth.

    Attributes:
        image: (3, H, W) float32 in [0, 1].
        truth: (H, W) int32, 0 = background, discs 1..n.
        circles: (n, 3) row, column and radius of each disc in px; (0, 0) is the centre of the first pixel.
    """

    image: npt.NDArray[np.float32]
    truth: npt.NDArray[np.int32]
    circles: Floats


def draw_circles(
    seed: int,
    size: int = 256,
    count: tuple[int, int] = (10, 20),
    radius: tuple[float, float] = (10.0, 20.0),
    background: Background = "any",
) -> CircleImage:
    """Draw one image.

    Args:
        seed: the only source of randomness: the same image on every machine.
        size: height and width in px.
        count: fewest and most discs. Fewer if there is no room, which does not happen with the defaults.
        radius: smallest and largest radius in px; all discs lie fully inside and do not touch.
        background: parallel (oriented) or concentric (radial) stripes, or either.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((size, size), dtype=np.float64)
    radial = background == "radial" or (background == "any" and rng.random() < 0.5)
    image = 0.5 + _stripes(rng, rows, columns, radial) + _stripes(rng, rows, columns, radial)
    circles = _place(rng, size, int(rng.integers(count[0], count[1] + 1)), radius)
    truth = np.zeros((size, size), np.int32)
    for number, (row, column, extent) in enumerate(circles, start=1):
        inside = (rows - row) ** 2 + (columns - column) ** 2 <= extent**2
        truth[inside] = number
        tint = rng.uniform(0.15, 0.85, (3, 1))
        texture = _stripes(rng, rows, columns, radial=False) + _stripes(rng, rows, columns, radial=False)
        image[:, inside] = tint + 0.6 * texture[:, inside]
    image = ndimage.gaussian_filter(image, (0, BLUR, BLUR)) + rng.normal(0, NOISE, image.shape)
    return CircleImage(np.clip(image, 0, 1).astype(np.float32), truth, circles)


def _stripes(rng: np.random.Generator, rows: Floats, columns: Floats, radial: bool) -> Floats:
    """(3, H, W) a sinusoid with a random colour, along a random direction or around a random point."""
    size = len(rows)
    if radial:
        row, column = rng.uniform(-0.25 * size, 1.25 * size, 2)
        along = np.hypot(rows - row, columns - column)
    else:
        angle = rng.uniform(0, np.pi)
        along = rows * np.sin(angle) + columns * np.cos(angle)
    wave = np.sin(2 * np.pi * (along / rng.uniform(12, 40) + rng.random()))
    return rng.uniform(-0.15, 0.15, (3, 1, 1)) * wave


def _place(rng: np.random.Generator, size: int, count: int, radius: tuple[float, float]) -> Floats:
    """(n, 3) discs that do not touch: random places, tried until there is room."""
    placed: list[tuple[float, float, float]] = []
    for _ in range(200 * count):
        if len(placed) == count:
            break
        extent = rng.uniform(*radius)
        row, column = rng.uniform(extent, size - 1 - extent, 2)
        if all(np.hypot(row - r, column - c) > extent + e + GAP for r, c, e in placed):
            placed.append((row, column, extent))
    return np.array(placed).reshape(-1, 3)
