"""Synthetic films: discs that move, grow, divide and leave the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from rlseg.arrays import Floats

GAP = 2.0  # px between two discs, so that each is one object
LEAST = 25  # pixels of a disc at the border below which it is gone for good
GROWTH = 1.06  # of the area in a frame
BLUR = 0.8
NOISE = 0.04


@dataclass(frozen=True)
class Crowd:
    """How near to each other discs are, and how clearly they show.

    Attributes:
        gap: px between two discs; below 0 they touch, and are flat where they do.
        room: share of the picture's width, around its middle, in which they are at first.
        pull: share of the way to the middle of the picture that each moves in a frame.
        blur: standard deviation of the blur, px.
        noise: standard deviation of the noise.
        fading: a disc is dimmer by up to this in each frame, each time by another random share.
    """

    gap: float = GAP
    room: float = 1.0
    pull: float = 0.0
    blur: float = BLUR
    noise: float = NOISE
    fading: float = 0.0


APART = Crowd()
"""Each disc is an object that is easy to see."""
CROWDED = Crowd(gap=-1.0, room=0.6, pull=0.03, blur=2.0, noise=0.06, fading=0.25)
"""Discs that touch, blurred, now and then hard to see: single frames do not show each of them."""


@dataclass(frozen=True)
class DrawnFilm:
    """A film and its truth.

    Attributes:
        images: (T, H, W) float32 in [0, 1].
        labels: (T, H, W) int32, 0 = background, else the number of a disc, from 1.
        parent: disc -> the disc that divided into it and another.
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    parent: dict[int, int]


@dataclass
class _Disc:
    number: int
    place: Floats
    radius: float
    speed: Floats
    tint: float
    age: int = field(default=0)


def draw_film(
    seed: int,
    frames: int = 12,
    size: int = 200,
    count: int = 12,
    speed: float = 3.0,
    divide_at: float = 10.5,
    drift: float = 0.0,
    crowd: Crowd = APART,
) -> DrawnFilm:
    """Draw one film.

    Args:
        seed: the only source of randomness: the same film on every machine.
        frames: T.
        size: height and width in px.
        count: discs in the first frame.
        speed: most of them move by about this many px a frame, each in its own slowly changing direction.
        divide_at: radius in px at which a disc divides into two of half its area.
        drift: the whole picture moves by up to this many px a frame.
        crowd: how near to each other they are, and how clearly they show.
    """
    rng = np.random.default_rng(seed)
    discs: list[_Disc] = []
    margin = (1 - crowd.room) / 2 * size
    while len(discs) < count:
        radius = rng.uniform(0.72, 1.0) * divide_at
        place = rng.uniform(margin + radius, size - margin - radius, 2)
        if all(np.hypot(*(place - one.place)) > radius + one.radius + crowd.gap for one in discs):
            discs.append(_Disc(len(discs) + 1, place, radius, rng.normal(0, speed / 1.5, 2), rng.uniform(0.55, 0.8)))
    parent: dict[int, int] = {}
    images, labels = [], []
    number = count
    for _ in range(frames):
        drawn = _labels(discs, size)
        area = np.bincount(drawn.ravel(), minlength=number + 1)
        gone = {one.number for one in discs if area[one.number] < LEAST}
        discs = [one for one in discs if one.number not in gone]
        drawn[np.isin(drawn, list(gone))] = 0
        labels.append(drawn)
        images.append(_image(rng, drawn, {one.number: one.tint for one in discs}, crowd))
        shift = rng.uniform(-drift, drift, 2)
        for one in discs:
            one.place = one.place + crowd.pull * (size / 2 - one.place)
        number = _move_on(rng, discs, parent, number, speed, divide_at, shift, crowd.gap)
        push_apart(discs, crowd.gap, np.hypot.reduce)
    return DrawnFilm(np.stack(images), np.stack(labels), seen_divisions(parent, np.stack(labels)))


def seen_divisions(parent: dict[int, int], labels: npt.NDArray[np.int32]) -> dict[int, int]:
    """Half -> what it is of, without divisions of which one half is never seen: these are none.

    Args:
        parent: the same, of all.
        labels: of all frames.
    """
    seen = set(np.unique(labels).tolist())
    halves = [child for child in parent if child in seen]
    return {child: parent[child] for child in halves if sum(parent[one] == parent[child] for one in halves) == 2}


def _move_on(
    rng: np.random.Generator,
    discs: list[_Disc],
    parent: dict[int, int],
    number: int,
    speed: float,
    divide_at: float,
    shift: Floats,
    gap: float,
) -> int:
    """Move and grow the discs, and divide the large ones; returns the highest number so far."""
    following: list[_Disc] = []
    for one in discs:
        one.speed = 0.8 * one.speed + rng.normal(0, speed / 2.5, 2)
        one.place = one.place + one.speed + shift
        one.radius *= GROWTH**0.5
        one.age += 1
        if one.radius < divide_at or one.age < 3:
            following.append(one)
            continue
        angle = rng.uniform(0, np.pi)
        radius = one.radius / 2**0.5
        away = (radius + gap) * np.array([np.sin(angle), np.cos(angle)])
        for side in (-1, 1):
            number += 1
            parent[number] = one.number
            tint = one.tint + rng.uniform(-0.03, 0.03)
            following.append(_Disc(number, one.place + side * away, radius, one.speed + side * away / 6, tint))
    discs[:] = following
    return number


class _Body(Protocol):
    place: Floats
    radius: float


def push_apart(bodies: Sequence[_Body], gap: float, length: Callable[[Floats], float]) -> None:
    """Move discs, or balls, that are nearer than the gap away from each other.

    Args:
        bodies: moved in place.
        gap: px.
        length: of a vector; in which way it is rounded belongs to what a seed draws.
    """
    for _ in range(30):
        for i, one in enumerate(bodies):
            for other in bodies[i + 1 :]:
                way = other.place - one.place
                far = float(length(way))
                lacking = one.radius + other.radius + gap - far
                if lacking > 0:
                    step = way / max(far, 1e-9) * (lacking / 2 + 0.01)
                    one.place, other.place = one.place - step, other.place + step


def _labels(discs: list[_Disc], size: int) -> npt.NDArray[np.int32]:
    rows, columns = np.indices((size, size))
    labels = np.zeros((size, size), np.int32)
    for one in discs:
        inside = (rows - one.place[0]) ** 2 + (columns - one.place[1]) ** 2 <= one.radius**2
        labels[inside & (labels == 0)] = one.number
    return labels


def _image(
    rng: np.random.Generator, labels: npt.NDArray[np.int32], tint: dict[int, float], crowd: Crowd
) -> npt.NDArray[np.float32]:
    """Bright discs with some texture on an uneven ground."""
    ground = 0.25 + 0.5 * ndimage.gaussian_filter(rng.normal(0, 1, labels.shape), 20)
    texture = 0.4 * ndimage.gaussian_filter(rng.normal(0, 1, labels.shape), 3)
    level = np.zeros(int(labels.max()) + 1)
    for number, value in tint.items():
        level[number] = value - (crowd.fading * rng.uniform() if crowd.fading else 0.0)
    image = np.where(labels > 0, level[labels] + texture, ground)
    image = ndimage.gaussian_filter(image, crowd.blur) + rng.normal(0, crowd.noise, labels.shape)
    return np.clip(image, 0, 1).astype(np.float32)
