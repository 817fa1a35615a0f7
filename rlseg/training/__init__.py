"""When things happen: the Lightning modules, and what a run shows, keeps and tells other processes.

What a prediction needs (`Segmenter`, `State`) is imported without the rest: Lightning alone takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.training.learners import State
from rlseg.training.segmenter import Segmenter

if TYPE_CHECKING:
    from rlseg.training.module import SegmentationModule
    from rlseg.training.neighbours import see_neighbours
    from rlseg.training.one_ring import refuse_two_rings
    from rlseg.training.pretraining import PretrainingModule
    from rlseg.training.run_folder import WholeCheckpointIO, claim, folder_of, next_version

__all__ = [
    "PretrainingModule",
    "SegmentationModule",
    "Segmenter",
    "State",
    "WholeCheckpointIO",
    "claim",
    "folder_of",
    "next_version",
    "refuse_two_rings",
    "see_neighbours",
]

__getattr__ = lazy_names(
    __name__,
    {
        "module": ("SegmentationModule",),
        "neighbours": ("see_neighbours",),
        "one_ring": ("refuse_two_rings",),
        "pretraining": ("PretrainingModule",),
        "run_folder": ("WholeCheckpointIO", "claim", "folder_of", "next_version"),
    },
)
