"""Synthetic volumes: crowded balls and ellipsoids of two sizes, blurred along z, with planes apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from rlseg.arrays import Floats

RADII = (6.0, 8.5)  # px, of the two sizes
BLUR = (2.0, 1.0, 1.0)  # px, of the microscope: along z it sees worse
NOISE = 0.04
GROUND = 0.08
# of the sum of two radii: nearer middles are not drawn, so that objects touch and hardly dent each other
NEAREST = 0.95


@dataclass(frozen=True)
class DrawnVolume:
    """A volume and its truth.

    Attributes:
        image: (1, Z, H, W) float32 in [0, 1].
        truth: (Z, H, W) int32, 0 = background, objects 1..n.
        plane_distance: in sides of a pixel.
    """

    image: npt.NDArray[np.float32]
    truth: npt.NDArray[np.int32]
    plane_distance: int


def draw_volume(
    seed: int, plane_distance: int = 3, shape: tuple[int, int, int] = (66, 96, 96), times: float = 1.0
) -> DrawnVolume:
    """Draw one volume.

    Args:
        seed: the only source of randomness: the same scene whatever the distance of the planes.
        plane_distance: px.
        shape: of the scene in px, where objects are of the usual width.
        times: how much larger everything is, with the same noise of each voxel.
    """
    rng = np.random.default_rng(seed)
    shape = (round(times * shape[0]), round(times * shape[1]), round(times * shape[2]))
    truth = np.zeros(shape, np.int32)
    depth = np.full(shape, np.inf)  # of the nearest object's own radius
    bright = np.zeros(shape)
    for number, (place, inverse, reach) in enumerate(_objects(rng, shape, times), start=1):
        low = np.maximum(np.floor(place - reach), 0).astype(int)
        high = np.minimum(np.ceil(place + reach) + 1, shape).astype(int)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        grid = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
        far = np.linalg.norm((grid - place) @ inverse, axis=-1)
        mine = (far < 1) & (far < depth[window])
        truth[window][mine], depth[window][mine] = number, far[mine]
        bright[window][mine] = rng.uniform(0.45, 0.9)
    seen = ndimage.gaussian_filter(bright, [times * sigma for sigma in BLUR]) + GROUND
    planes = slice(plane_distance // 2, None, plane_distance)
    noisy = seen + rng.normal(0, NOISE, shape)  # drawn for all planes, so that the scene stays
    return DrawnVolume(np.clip(noisy[planes], 0, 1)[None].astype(np.float32), _numbered(truth[planes]), plane_distance)


def _objects(rng: np.random.Generator, shape: tuple[int, int, int], times: float) -> list[tuple[Floats, Floats, float]]:
    """Middle, the matrix that makes a unit ball of it, and the longest half axis of each."""
    found: list[tuple[Floats, Floats, float]] = []
    middles, sizes = np.empty((0, 3)), np.empty(0)
    for _ in range(1500):
        size = times * RADII[int(rng.random() < 0.5)]
        place = rng.uniform(0, 1, 3) * shape
        semi = size * rng.uniform(0.85, 1.2, 3)
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        if (np.linalg.norm(middles - place, axis=1) < NEAREST * (sizes + size)).any():
            continue
        middles, sizes = np.vstack([middles, place]), np.append(sizes, size)
        found.append((place, turn / semi, float(semi.max())))
    return found


def _numbered(truth: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Objects 1..n of those that are left."""
    names, number = np.unique(np.append(0, truth), return_inverse=True)
    assert names[0] == 0
    return number[1:].reshape(truth.shape).astype(np.int32)
