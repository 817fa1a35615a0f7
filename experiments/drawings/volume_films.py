"""Synthetic films of volumes: balls that move, grow, divide and leave, blurred along z, with planes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from experiments.drawings.films import APART, Crowd, push_apart, seen_divisions
from rlseg.arrays import Floats

LEAST = 60  # voxels of a ball at the border below which it is gone for good
GROWTH = 1.06  # of the volume in a frame
DEEP = 2.0  # times the blur within planes is that along z: there a microscope sees worse
GROUND = 0.1


@dataclass(frozen=True)
class DrawnVolumeFilm:
    """A film of volumes and its truth.

    Attributes:
        images: (T, Z, H, W) float32 in [0, 1].
        labels: (T, Z, H, W) int32, 0 = background, else the number of a ball, from 1.
        parent: ball -> the ball that divided into it and another.
        plane_distance: in sides of a pixel.
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    parent: dict[int, int]
    plane_distance: int


@dataclass
class _Ball:
    number: int
    place: Floats
    radius: float
    speed: Floats
    tint: float
    age: int = 0


def draw_volume_film(
    seed: int,
    frames: int = 8,
    shape: tuple[int, int, int] = (60, 96, 96),
    count: int = 10,
    plane_distance: int = 3,
    speed: float = 2.0,
    divide_at: float = 9.5,
    crowd: Crowd = APART,
) -> DrawnVolumeFilm:
    """Draw one film of volumes.

    Args:
        seed: the only source of randomness: the same film on every machine.
        frames: T.
        shape: of the scene in px.
        count: balls in the first frame.
        plane_distance: px.
        speed: they move by about this many px a frame, each in its own slowly changing direction.
        divide_at: radius in px at which a ball divides into two of half its volume.
        crowd: how near to each other they are, and how clearly they show.
    """
    rng = np.random.default_rng(seed)
    balls: list[_Ball] = []
    while len(balls) < count:
        radius = rng.uniform(0.8, 1.0) * divide_at
        margin = (1 - crowd.room) / 2 * np.array(shape)
        place = rng.uniform(margin + radius, np.array(shape) - margin - radius)
        if all(np.linalg.norm(place - one.place) > radius + one.radius + crowd.gap for one in balls):
            balls.append(_Ball(len(balls) + 1, place, radius, rng.normal(0, speed / 2, 3), rng.uniform(0.5, 0.85)))
    planes = slice(plane_distance // 2, None, plane_distance)
    parent: dict[int, int] = {}
    images, labels, number = [], [], count
    for _ in range(frames):
        drawn = _labels(balls, shape)
        seen = np.bincount(drawn[planes].ravel(), minlength=number + 1)
        balls = [one for one in balls if seen[one.number] >= LEAST]
        drawn[~np.isin(drawn, [one.number for one in balls])] = 0
        labels.append(drawn[planes])
        tint = np.full(number + 1, GROUND)
        tint[[one.number for one in balls]] = [one.tint - crowd.fading * rng.uniform() for one in balls]
        blurred = ndimage.gaussian_filter(tint[drawn], (DEEP * crowd.blur, crowd.blur, crowd.blur))[planes]
        images.append(np.clip(blurred + rng.normal(0, crowd.noise, blurred.shape), 0, 1).astype(np.float32))
        for one in balls:
            one.place = one.place + crowd.pull * (np.array(shape) / 2 - one.place)
        number = _move_on(rng, balls, parent, number, speed, divide_at, crowd.gap)
        push_apart(balls, crowd.gap, np.linalg.norm)
    return DrawnVolumeFilm(np.stack(images), np.stack(labels), seen_divisions(parent, np.stack(labels)), plane_distance)


def _move_on(
    rng: np.random.Generator,
    balls: list[_Ball],
    parent: dict[int, int],
    number: int,
    speed: float,
    divide_at: float,
    gap: float,
) -> int:
    """Move and grow the balls, and divide the large ones; returns the highest number so far."""
    following: list[_Ball] = []
    for one in balls:
        one.speed = 0.8 * one.speed + rng.normal(0, speed / 3, 3)
        one.place = one.place + one.speed
        one.radius *= GROWTH ** (1 / 3)
        one.age += 1
        if one.radius < divide_at or one.age < 3:
            following.append(one)
            continue
        radius, way = one.radius / 2 ** (1 / 3), rng.normal(size=3)
        away = (radius + gap / 2) * way / np.linalg.norm(way)
        for side in (-1, 1):
            number += 1
            parent[number] = one.number
            following.append(_Ball(number, one.place + side * away, radius, one.speed + side * away / 8, one.tint))
    balls[:] = following
    return number


def _labels(balls: list[_Ball], shape: tuple[int, int, int]) -> npt.NDArray[np.int32]:
    """(Z, H, W) in px; where two balls meet, each voxel is that of the first."""
    labels = np.zeros(shape, np.int32)
    grid = np.ogrid[tuple(slice(side) for side in shape)]
    for one in balls:
        far = sum((axis - middle) ** 2 for axis, middle in zip(grid, one.place, strict=True))
        labels[(far <= one.radius**2) & (labels == 0)] = one.number
    return labels
