"""Large images in parts, with the result of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Cluster, Job, Threads, Workers, WorkersLostError

if TYPE_CHECKING:
    from rlseg.prediction.tiling.judging import Judge
    from rlseg.prediction.tiling.large import Agent, LargeSegmentation, segment_large

__all__ = [
    "Agent",
    "Cluster",
    "Job",
    "Judge",
    "LargeSegmentation",
    "Threads",
    "Tiling",
    "Workers",
    "WorkersLostError",
    "segment_large",
]

# loaded when asked for: most images are small enough to be looked at in one piece
__getattr__ = lazy_names(__name__, {"judging": ("Judge",), "large": ("Agent", "LargeSegmentation", "segment_large")})
