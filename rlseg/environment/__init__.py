"""Edge weights become objects and rewards: multicut, search, outlines."""

from __future__ import annotations

from rlseg.environment.environment import Outcome, SegmentationEnvironment
from rlseg.environment.final import Segmentation, segment
from rlseg.environment.measured_objects import OBJECT_FEATURES, object_features
from rlseg.environment.partition import solve_multicut
from rlseg.environment.refine import Refinement, label_segments, move_outlines, object_scores, refine_objects
from rlseg.environment.search import search_objects

__all__ = [
    "OBJECT_FEATURES",
    "Outcome",
    "Refinement",
    "Segmentation",
    "SegmentationEnvironment",
    "label_segments",
    "move_outlines",
    "object_features",
    "object_scores",
    "refine_objects",
    "search_objects",
    "segment",
    "solve_multicut",
]
