"""Outlines of a drawn embryo: the ring, and the side walls of its cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from rlseg.arrays import Floats, Ints

LEVELS = 64
TURN = 2 * np.pi


def smooth_noise(rng: np.random.Generator, count: int, width: float, mode: str = "wrap") -> Floats:
    """(count,) noise of mean 0 and standard deviation 1 that varies over about `width` steps."""
    noise = ndimage.gaussian_filter1d(rng.normal(size=count), width, mode=mode)
    return (noise - noise.mean()) / max(noise.std(), 1e-9)


def wrapped(angle: Floats) -> Floats:
    """Angles in radians of any size, in [-pi, pi); same shape."""
    return (angle + np.pi) % TURN - np.pi


@dataclass(frozen=True)
class Fold:
    """A place where the surface sinks in: its cells bend together and reach deeper.

    Attributes:
        angle: of its middle, radians.
        width: half the angle it takes, radians.
        pinch: share of their width that the cells in the middle keep at the surface.
        inner, outer: how much nearer to the centre the yolk's edge and the surface lie there, px.
    """

    angle: float
    width: float
    pinch: float
    inner: float
    outer: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Fold:
        """A random fold."""
        return cls(
            angle=float(rng.uniform(0, TURN)),
            width=float(rng.uniform(0.55, 0.8)),
            pinch=float(rng.uniform(0.05, 0.12)),
            inner=float(rng.uniform(12, 26)),
            outer=float(rng.uniform(6, 14)),
        )

    def bend(self, angle: Floats, depth: Floats) -> Floats:
        """Where walls at `angle` come to lie at `depth` (0 = yolk, 1 = surface); same shape, order kept."""
        away = wrapped(angle - self.angle)
        rise = np.clip((depth - 0.05) / 0.95, 0, 1) ** 1.5
        pull = np.where(np.abs(away) < self.width, rise * (1 - self.pinch) * (1 - (away / self.width) ** 2), 0)
        return angle - away * pull

    def hump(self, angle: Floats, width: float) -> Floats:
        """1 in the middle of the fold, falling off as a Gaussian of `width`; both in radians, same shape as angle."""
        return np.exp(-0.5 * (wrapped(angle - self.angle) / width) ** 2)


@dataclass(frozen=True)
class Ring:
    """Where the ring of cells begins and ends.

    Attributes:
        center: row and column.
        inner, outer: median radii of the yolk's edge and of the surface, px.
        waves: (3, M) amplitude, number of waves and phase of each ripple, for the two contours.
        fold: or None.
    """

    center: tuple[float, float]
    inner: float
    outer: float
    waves: tuple[Floats, Floats]
    fold: Fold | None

    @classmethod
    def draw(cls, rng: np.random.Generator, center: tuple[float, float], fold: float) -> Ring:
        """A random ring about a centre, with a fold in that share of the rings."""
        row, column = np.asarray(center) + rng.normal(0, 4, 2)
        outer, inner = rng.uniform(146, 156), rng.uniform(80, 92)
        waves = []
        for amplitude, numbers in ((0.035, np.arange(2, 7)), (0.015, np.arange(2, 5))):
            heights = amplitude / numbers * rng.normal(size=len(numbers))
            waves.append(np.stack([heights, numbers, rng.uniform(0, TURN, len(numbers))]))
        folded = Fold.draw(rng) if rng.random() < fold else None
        return cls((float(row), float(column)), float(inner), float(outer), (waves[0], waves[1]), folded)

    def contours(self, angle: Floats) -> tuple[Floats, Floats]:
        """Radii of the yolk's edge and of the surface, px. angle: any shape, radians; returns the same shape."""
        radii = []
        for radius, (height, number, phase) in zip((self.inner, self.outer), self.waves, strict=True):
            ripples = sum(a * np.cos(n * angle + p) for a, n, p in zip(height, number, phase, strict=True))
            radii.append(radius * (1 + ripples))
        if self.fold is not None:
            radii[0] = radii[0] - self.fold.inner * self.fold.hump(angle, 0.6 * self.fold.width)
            radii[1] = radii[1] - self.fold.outer * self.fold.hump(angle, 0.1)
        return radii[0], radii[1]


def draw_walls(rng: np.random.Generator, count: int, fold: Fold | None) -> Floats:
    """Side walls of the cells of a ring.

    Every cell has a width that varies smoothly with the depth; one in seven is a wedge that does not reach through
    the ring. The walls are the cumulated widths, slightly tilted, bent together where there is a fold.

    Args:
        rng: the only source of randomness.
        count: n, number of cells.
        fold: or None.

    Returns:
        (LEVELS, n) angle of each cell's far wall at depths from 0 (yolk) to 1 (surface), radians, not descending
        along a row; the last one of a row is also the near wall of cell 0, one turn later.
    """
    depth = np.linspace(0, 1, LEVELS)[:, None]
    ripple = np.stack([smooth_noise(rng, LEVELS, 10, "nearest") for _ in range(count)], axis=1)
    profile = 1 + rng.normal(0, 0.2, count) * (2 * depth - 1) + 0.05 * ripple
    width = np.exp(rng.normal(0, 0.2, count)) * np.maximum(profile, 0.25)
    wedge, upside_down = rng.random(count) < 0.14, rng.random(count) < 0.3
    begin = rng.uniform(0.2, 0.55, count)
    from_tip = np.where(upside_down, 1 - depth, depth)
    width = np.where(wedge, width * np.clip((from_tip - begin) / 0.4, 0, 1), width)
    walls = np.cumsum(width, axis=1)
    walls *= TURN / walls[:, -1:]
    # a cell that widens pushes its neighbours aside, not the whole ring
    middle = walls.mean(axis=0)
    shift = walls - middle
    walls = middle + shift - ndimage.gaussian_filter1d(shift, 2, axis=1, mode="wrap")
    walls = np.maximum.accumulate(walls, axis=1)
    walls += 0.04 * smooth_noise(rng, count, 9) * (2 * depth - 1)
    walls = np.maximum.accumulate(walls, axis=1)
    if fold is not None:
        # the seam of the angles must not lie in the fold
        walls = np.sort(fold.bend(walls + fold.angle + np.pi, np.broadcast_to(depth, walls.shape)), axis=1)
    return walls


def locate(walls: Floats, angle: Floats, depth: Floats) -> tuple[Ints, Floats, Floats]:
    """In which cell points lie.

    Args:
        walls: (LEVELS, n) from `draw_walls`.
        angle: (P,) radians, any.
        depth: (P,) in [0, 1].

    Returns:
        (P,) cell 0..n-1, and the angles (P,) >= 0 to its near and to its far wall.
    """
    count = walls.shape[1]
    # one cell more on both sides, so that every point has two walls within one turn
    around = np.concatenate([walls[:, -1:] - TURN, walls, walls[:, :1] + TURN], axis=1)
    level = np.clip(depth, 0, 1) * (LEVELS - 1)
    low = np.minimum(level.astype(np.int64), LEVELS - 2)
    share = (level - low)[:, None]
    here = (1 - share) * around[low] + share * around[low + 1]
    turned = here[:, 0] + (angle - here[:, 0]) % TURN
    before = np.clip((here <= turned[:, None]).sum(axis=1), 1, count + 1)
    rows = np.arange(len(angle))
    return (
        (before - 1) % count,
        np.maximum(turned - here[rows, before - 1], 0),
        np.maximum(here[rows, before] - turned, 0),
    )
