"""Synthetic cross-sections of an embryo: a ring of long cells that point at its centre, after section 4.3 of
arXiv:2107.02600 and the image in experiments/data/embryo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from experiments.drawings.embryo_outlines import Ring, draw_walls, locate, smooth_noise
from rlseg.arrays import Floats

CENTER = (194.0, 168.0)
SHAPE = (374, 346)
SAMPLES = 720  # of what varies around the ring
STRETCH = 64  # of what varies from the yolk to the surface


@dataclass(frozen=True)
class EmbryoImage:
    """One image and its truth.

    Attributes:
        image: (1, H, W) float32 in [0, 1].
        truth: (H, W) int32: cells 1..n, 0 = the yolk inside of the ring and the dark outside of it.
        center: row and column of the ring's centre; (0, 0) is the centre of the first pixel.
        ring: median radius of the yolk's edge and of the surface, px.
    """

    image: npt.NDArray[np.float32]
    truth: npt.NDArray[np.int32]
    center: tuple[float, float]
    ring: tuple[float, float]


def draw_embryo(
    seed: int,
    shape: tuple[int, int] = SHAPE,
    center: tuple[float, float] = CENTER,
    count: tuple[int, int] = (70, 95),
    fold: float = 0.2,
) -> EmbryoImage:
    """Draw one cross-section: uneven membranes, some partly missing, a bright surface, noise, a fold in some.

    Sizes and grey values were matched to the real image; they do not scale with `shape`.

    Args:
        seed: the only source of randomness: the same image on every machine.
        shape: height and width in px.
        center: row and column around which the centre varies by 4 px (standard deviation).
        count: fewest and most cells.
        fold: share of the images whose surface sinks in at one place.
    """
    rng = np.random.default_rng(seed)
    ring = Ring.draw(rng, center, fold)
    cells = int(rng.integers(count[0], count[1] + 1))
    walls = draw_walls(rng, cells, ring.fold)
    rows, columns = np.indices(shape, dtype=np.float64)
    radius = np.hypot(rows - ring.center[0], columns - ring.center[1])
    angle = np.arctan2(rows - ring.center[0], columns - ring.center[1])
    inner, outer = ring.contours(angle)
    depth = (radius - inner) / (outer - inner)
    inside = (depth >= 0) & (depth < 1)
    cell, near, far = locate(walls, angle[inside], depth[inside])

    texture = 7 * _texture(rng, shape, 2) + 5 * _texture(rng, shape, 6)
    image = np.where(radius < outer, 36 + 24 * np.minimum(radius / inner, 1) ** 3 + 0.3 * texture, 0.0)
    # brightest a little outside of the yolk, whose edge is soft
    body = 48 + 38 * np.clip(depth[inside] / 0.12, 0.3, 1) * np.exp(-((depth[inside] / 0.35) ** 2)) + texture[inside]
    image[inside] = body * np.exp(rng.normal(0, 0.12, cells))[cell]
    strength = _membranes(rng, cells)
    for wall, away in (((cell - 1) % cells, near), (cell, far)):
        # each pixel is lit by the two walls of its cell
        bright = _membrane_light(strength, wall, depth[inside], away * radius[inside])
        if ring.fold is not None:
            bright *= 1 + 0.6 * depth[inside] ** 3 * ring.fold.hump(angle[inside], 0.5 * ring.fold.width)
        image[inside] = np.maximum(image[inside], 0) + bright
    image += _surface(rng, angle, radius - outer)
    image = ndimage.gaussian_filter(image + _specks(rng, shape, ring), 0.55)
    image += rng.normal(size=shape) * (1.2 + 0.028 * np.maximum(image, 0))
    truth = np.zeros(shape, np.int32)
    truth[inside] = cell + 1
    grey = np.clip(image / 255, 0, 1).astype(np.float32)[None]
    return EmbryoImage(grey, _whole_cells(truth), ring.center, (ring.inner, ring.outer))


def _texture(rng: np.random.Generator, shape: tuple[int, int], width: float) -> Floats:
    noise = ndimage.gaussian_filter(rng.normal(size=shape), width)
    return noise / noise.std()


def _membranes(rng: np.random.Generator, count: int) -> Floats:
    """(STRETCH, count) brightness of each wall from the yolk to the surface; a fifth of them has a gap."""
    depth = np.linspace(0, 1, STRETCH)[:, None]
    uneven = np.stack([smooth_noise(rng, STRETCH, 6, "nearest") for _ in range(count)], axis=1)
    strength = np.exp(rng.normal(-0.15, 0.35, count)) * np.maximum(1 + 0.35 * uneven, 0)
    strength = strength * (0.4 + 0.6 * np.clip(depth / 0.3, 0, 1))
    length = rng.uniform(0.1, 0.35, count)
    start = rng.uniform(0, 1 - length)
    gap = (rng.random(count) < 0.2) & (depth > start) & (depth < start + length)
    strength = np.where(gap, 0.1 * strength, strength)
    tip = np.clip((depth - 0.85) / 0.15, 0, 1)
    return 68 * strength * (1 + tip * np.exp(rng.normal(-0.4, 0.6, count)))


def _membrane_light(strength: Floats, wall: npt.NDArray[np.int64], depth: Floats, distance: Floats) -> Floats:
    """(P,) light of walls on points at `distance` px; membranes are wider towards the surface."""
    level = np.rint(depth * (STRETCH - 1)).astype(np.int64)
    width = 0.95 + 0.5 * depth
    return strength[level, wall] * np.exp(-0.5 * (distance / width) ** 2)


def _surface(rng: np.random.Generator, angle: Floats, above: Floats) -> Floats:
    """(H, W) the bright line around the embryo and its glow. above: distance outside of the surface, px."""
    uneven = np.maximum(0.8 + 0.45 * smooth_noise(rng, SAMPLES, 8), 0)
    here = uneven[np.floor((angle / (2 * np.pi) + 0.5) * SAMPLES).astype(np.int64) % SAMPLES]
    glow = np.where(above > 0, 3 + 45 * np.exp(-np.maximum(above, 0) / 11), 0)
    return 55 * here * np.exp(-0.5 * (above / 1.4) ** 2) + glow


def _specks(rng: np.random.Generator, shape: tuple[int, int], ring: Ring) -> Floats:
    """(H, W) bright blobs below the surface, and short horizontal dashes outside of the embryo."""
    specks = np.zeros(shape)
    number = int(rng.integers(40, 111))
    angle = rng.uniform(-np.pi, np.pi, number)
    radius = ring.contours(angle)[1] - rng.exponential(7, number)
    places = np.rint(np.stack([np.sin(angle), np.cos(angle)]) * radius + np.array(ring.center)[:, None])
    seen = ((places >= 0) & (places < np.array(shape)[:, None])).all(axis=0)
    row, column = places[:, seen].astype(np.int64)
    np.add.at(specks, (row, column), rng.uniform(200, 1200, number)[seen])
    specks = ndimage.gaussian_filter(specks, 1.4)
    for _ in range(int(rng.integers(50, 111))):
        r, c = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
        length, light = int(rng.integers(2, 8)), rng.uniform(30, 160)
        away = np.hypot(r - ring.center[0], c - ring.center[1])
        if away > 1.08 * ring.outer:
            specks[int(r), int(c) : int(c) + length] += light
    return specks


def _whole_cells(truth: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Each cell as one 4-connected piece, numbered from 1; what was cut off goes to the nearest cell."""
    kept = np.zeros_like(truth)
    for number, place in enumerate(ndimage.find_objects(truth), start=1):
        if place is None:
            continue
        pieces, _ = ndimage.label(truth[place] == number)
        kept[place][pieces == np.bincount(pieces.ravel())[1:].argmax() + 1] = number
    while ((truth > 0) & (kept == 0)).any():
        # one pixel at a time, so that no cell jumps over another
        larger = ndimage.grey_dilation(kept, footprint=ndimage.generate_binary_structure(2, 1))
        kept = np.where((truth > 0) & (kept == 0), larger, kept)
    present = np.unique(np.append(kept, 0))
    return np.searchsorted(present, kept).astype(np.int32)
