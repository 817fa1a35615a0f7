"""Large images in parts, with the result of the whole."""

from __future__ import annotations

from rlseg.prediction.tiling.judging import Judge
from rlseg.prediction.tiling.large import Agent, LargeSegmentation, segment_large
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Cluster, Job, Threads, Workers, WorkersLostError

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
