"""Synthetic volumes of tissue: cells with bright membranes and dark inside, blurred along z, with planes apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from experiments.drawings.volumes import BLUR, GROUND, NOISE, DrawnVolume
from rlseg.arrays import Floats

NEAREST = 14.0  # px between the middles of two cells, which are then some 15 to 20 px wide
MEMBRANE = 0.9  # px, half as thick as one is drawn
INSIDE = 0.08  # how much brighter cells are than the ground
BRIGHT = 0.8  # of a membrane before it is blurred


def draw_tissue(seed: int, plane_distance: int = 3, shape: tuple[int, int, int] = (66, 96, 96)) -> DrawnVolume:
    """Draw one volume: cells side by side as in a Voronoi diagram, up to a wavy surface; ground lies beyond.

    Membranes are unevenly bright, each by itself and along it.

    Args:
        seed: the only source of randomness: the same scene whatever the distance of the planes.
        plane_distance: px.
        shape: of the scene in px.
    """
    rng = np.random.default_rng(seed)
    places = np.stack(np.indices(shape, dtype=np.float64), -1)
    surface = shape[2] * rng.uniform(0.8, 0.9) + _waves(rng, shape, 14.0, 4.0)[:, :, 0]
    middles = _middles(rng, shape, surface)
    # walls that are not flat
    bent = places + np.stack([_waves(rng, shape, 6.0, 1.2) for _ in range(3)], -1)
    far, cell = cKDTree(middles).query(bent.reshape(-1, 3), k=2)
    far, cell = far.reshape(*shape, 2), cell.reshape(*shape, 2)
    apart = np.linalg.norm(middles[cell[..., 0]] - middles[cell[..., 1]], axis=-1)
    to_wall = (far[..., 1] ** 2 - far[..., 0] ** 2) / (2 * apart)
    beyond = places[..., 2] - surface[..., None]
    strengths = np.exp(rng.normal(0, 0.25, (len(middles) + 1, len(middles) + 1)))
    low, high = cell.min(-1), cell.max(-1)
    outside = np.abs(beyond) <= MEMBRANE
    wall = ((to_wall <= MEMBRANE) & (beyond < 0)) | outside
    low, high = np.where(outside, cell[..., 0], low), np.where(outside, len(middles), high)
    uneven = 1 + _waves(rng, shape, 5.0, 0.15)
    bright = np.where(wall, BRIGHT * strengths[low, high] * uneven, np.where(beyond < 0, INSIDE, 0.0))
    seen = ndimage.gaussian_filter(bright, BLUR) + GROUND
    planes = slice(plane_distance // 2, None, plane_distance)
    noisy = seen + rng.normal(0, NOISE, shape)  # drawn for all planes, so that the scene stays
    truth = np.where(beyond < 0, cell[..., 0] + 1, 0)[planes]
    numbers = np.unique(np.append(0, truth), return_inverse=True)[1][1:].reshape(truth.shape)
    image = np.clip(noisy[planes], 0, 1)[None].astype(np.float32)
    return DrawnVolume(image, numbers.astype(np.int32), plane_distance)


def _middles(rng: np.random.Generator, shape: tuple[int, int, int], surface: Floats) -> Floats:
    """(n, 3) as many as fit below the surface, also a little outside of the volume, which cuts cells."""
    found = np.empty((0, 3))
    for _ in range(4000):
        place = rng.uniform(-NEAREST, np.array(shape) + NEAREST)
        z, r = np.clip(np.rint(place[:2]).astype(int), 0, np.array(shape[:2]) - 1)
        if place[2] < surface[z, r] - NEAREST / 3 and (np.linalg.norm(found - place, axis=1) >= NEAREST).all():
            found = np.vstack([found, place])
    return found


def _waves(
    rng: np.random.Generator, shape: tuple[int, int, int], width: float, height: float
) -> npt.NDArray[np.float64]:
    """Smooth noise of this standard deviation."""
    noise = ndimage.gaussian_filter(rng.normal(size=shape), width)
    return np.asarray(height * noise / noise.std())
