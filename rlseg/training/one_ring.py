"""Where the ring lies is said in the reward file and, for the features, in the preparation: both must mean one ring."""

from __future__ import annotations

import numpy as np

from rlseg.errors import RlsegError
from rlseg.graph import RingGeometry
from rlseg.regions import RegionStatistics
from rlseg.rewards import Reward

TOLERANCE = 0.01
"""Pixels."""


def refuse_two_rings(reward: Reward, ring: RingGeometry | None, regions: RegionStatistics) -> None:
    """See that a centre and radii that are given twice are the same.

    Args:
        reward: with the `geometry` of its file, or none.
        ring: of the preparation, in pixels, or None.
        regions: of an image, on whose shape and pixel size places depend.

    Raises:
        RlsegError: they differ; both are named.
    """
    geometry = reward.file.geometry
    if geometry is None or ring is None:
        return
    per_pixel = reward.length_per_pixel(regions)
    pairs = {"center": (geometry.center_px(regions.shape, per_pixel), ring.center)}
    if geometry.ring is not None:
        pairs["ring"] = ((geometry.ring[0] / per_pixel, geometry.ring[1] / per_pixel), ring.ring)
    for name, (of_reward, of_data) in pairs.items():
        if not np.allclose(of_reward, of_data, rtol=0, atol=TOLERANCE):
            raise RlsegError(
                f"geometry.{name} of the reward file {reward.file.name!r} is {_show(of_reward)} px, "
                f"data.preparation.ring.{name} is {_show(of_data)} px",
                "both speak of one ring: correct one of them, or leave out data.preparation.ring",
            )


def _show(pair: tuple[float, float]) -> str:
    return f"[{pair[0]:g}, {pair[1]:g}]"
