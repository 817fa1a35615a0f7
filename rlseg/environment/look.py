"""What outlined objects look like: brighter or darker than their surroundings, with a rim of their own, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rlseg.arrays import Bools, Floats, Labels, Map, ndimage
from rlseg.environment.polarity import LEAST_DISTANCE
from rlseg.rewards import Look

# share of the objects that must agree
_MOST = 0.6
# of the depth of an object: how far from its outline its core begins, and how far off a rim may lie
_CORE, _RIM = 0.5, 0.35
_LEAST_RIM = 2.0  # px
_OUTSIDE = 3.0  # px, the width of what is compared beyond the rim


@dataclass(frozen=True)
class Profiles:
    """Of n objects, all in units of the standard deviation of the brightness inside and outside.

    Attributes:
        apart: (n,) mean of the core minus mean of what lies beyond the rim; near 0 where both look alike.
        ridge: (n,) how far the rim is brighter (> 0) or darker (< 0) than both core and outside; 0 if it lies between.
    """

    apart: Floats
    ridge: Floats

    @property
    def look(self) -> Look:
        """What most of the objects are.

        `outlined` if a rim stands out from both core and outside by more than one standard deviation (d of J. Cohen,
        1988), and by more than these two are apart; else `brighter` or `darker` if core and outside are farther apart
        than one; else `different`.
        """
        if not len(self.apart):
            return "different"
        rim = np.abs(self.ridge)
        kinds: dict[Look, Bools] = {
            "outlined": (rim > LEAST_DISTANCE) & (rim >= np.abs(self.apart)),
            "brighter": self.apart > LEAST_DISTANCE,
            "darker": self.apart < -LEAST_DISTANCE,
        }
        return next((look for look, fits in kinds.items() if fits.mean() >= _MOST), "different")

    @property
    def clearness(self) -> float:
        """How clearly they show: the median of the larger of step and ridge, in standard deviations."""
        clear = np.maximum(np.abs(self.apart), np.abs(self.ridge))
        return float(np.median(clear)) if len(clear) else 0.0

    @property
    def rim(self) -> Literal["bright", "dark"]:
        """What the rim of most objects is, if they have one."""
        return "bright" if np.median(self.ridge) >= 0 else "dark"

    def __add__(self, other: Profiles) -> Profiles:
        return Profiles(np.append(self.apart, other.apart), np.append(self.ridge, other.ridge))


def profiles_of(brightness: Map, labels: Labels, spacing: tuple[float, ...] | None = None) -> Profiles:
    """Look at the profile of the brightness across the outline of each object.

    With D(p) the distance of a pixel p to the outline, negative inside, and D0 the depth of the object, its core is
    D < -D0 / 2, its rim is looked for in |D| <= r with r = max(2 px, .35 D0), ring by ring of 1 px, and outside is
    r < D <= r + 3 px. Pixels of other objects do not count, unless they are most of what lies around.

    Args:
        brightness: (H, W) or (Z, H, W).
        labels: of this shape, objects, 0 = not outlined.
        spacing: sides of a voxel in px, of volumes.
    """
    apart, ridge = [], []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        depth = max(part.stop - part.start for part in box) // 2 + 1
        margin = int(np.ceil(max(_LEAST_RIM, _RIM * depth) + _OUTSIDE)) + 1
        window = tuple(slice(max(part.start - margin, 0), part.stop + margin) for part in box)
        one, other = _profile(brightness[window], labels[window], number, spacing)
        apart.append(one)
        ridge.append(other)
    return Profiles(np.array(apart, np.float64), np.array(ridge, np.float64))


def _profile(brightness: Map, labels: Labels, number: int, spacing: tuple[float, ...] | None) -> tuple[float, float]:
    """`apart` and `ridge` of one object in a window around it."""
    inside = labels == number
    # from the crack between two pixels, which lies half a pixel from the centres of both
    unframed = (slice(1, -1),) * inside.ndim
    depth = ndimage.distance_transform_edt(np.pad(inside, 1), spacing)[unframed] - 0.5
    distance = np.where(inside, -depth, ndimage.distance_transform_edt(~inside, spacing) - 0.5)
    counted = inside | (labels == 0)
    if 2 * np.count_nonzero(counted & ~inside & (distance < 3)) < np.count_nonzero(~inside & (distance < 3)):
        counted = np.ones_like(inside)  # objects that fill the image: what lies beyond the rim is the next one
    reach = max(_LEAST_RIM, _RIM * float(depth.max()))
    core = brightness[inside & (depth >= _CORE * depth.max())]
    outside = brightness[counted & (distance > reach) & (distance <= reach + _OUTSIDE)]
    if not len(core) or not len(outside):
        return 0.0, 0.0
    spread = float(np.sqrt((core.var() + outside.var()) / 2)) or np.finfo(float).tiny
    rings = np.floor(distance[counted]).astype(np.int64)
    near = np.abs(distance[counted]) <= reach
    ring, where = np.unique(rings[near], return_inverse=True)
    profile = np.bincount(where, brightness[counted][near]) / np.bincount(where) if len(ring) else np.zeros(1)
    high, low = max(core.mean(), outside.mean()), min(core.mean(), outside.mean())
    above, below = profile.max() - high, low - profile.min()
    tallest = above if above >= below else -below
    stands_out = max(above, below) > 0
    return float(core.mean() - outside.mean()) / spread, float(tallest) / spread if stands_out else 0.0
