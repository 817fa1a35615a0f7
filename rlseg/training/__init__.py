"""When things happen: the Lightning modules, and what a run shows, keeps and tells other processes."""

from __future__ import annotations

from rlseg.training.learners import State
from rlseg.training.module import SegmentationModule
from rlseg.training.one_ring import refuse_two_rings
from rlseg.training.pretraining import PretrainingModule
from rlseg.training.run_folder import WholeCheckpointIO, claim, folder_of, next_version

__all__ = [
    "PretrainingModule",
    "SegmentationModule",
    "State",
    "WholeCheckpointIO",
    "claim",
    "folder_of",
    "next_version",
    "refuse_two_rings",
]
