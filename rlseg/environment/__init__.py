"""Edge weights become objects and rewards: multicut, search, outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.environment.environment import Outcome, SegmentationEnvironment, judge_partitions
from rlseg.environment.final import Segmentation, first_objects, refuse_no_numbers, segment
from rlseg.environment.measured_objects import OBJECT_FEATURES, ObjectTable
from rlseg.environment.partition import joined_by, solve_multicut, split_background
from rlseg.environment.refine import Refinement, refine_and_measure, refine_objects

if TYPE_CHECKING:
    from rlseg.environment.around import Candidate, candidates_at
    from rlseg.environment.candidates import CandidateSegments, candidates_of
    from rlseg.environment.comparison import Comparison, cut_along
    from rlseg.environment.drawn_level import drawn_levels
    from rlseg.environment.film_frames import FilmFrames
    from rlseg.environment.hypotheses import Hypotheses, hypotheses_of, no_hypotheses
    from rlseg.environment.label_image import LabelObjects, label_objects, object_scores
    from rlseg.environment.look import Profiles, profiles_of
    from rlseg.environment.search import Selection, search_objects
    from rlseg.environment.verdict import LOST, POOR, Verdict, causes_of, verdict_on

__all__ = [
    "LOST",
    "OBJECT_FEATURES",
    "POOR",
    "Candidate",
    "CandidateSegments",
    "Comparison",
    "FilmFrames",
    "Hypotheses",
    "LabelObjects",
    "ObjectTable",
    "Outcome",
    "Profiles",
    "Refinement",
    "Segmentation",
    "SegmentationEnvironment",
    "Selection",
    "Verdict",
    "candidates_at",
    "candidates_of",
    "causes_of",
    "cut_along",
    "drawn_levels",
    "first_objects",
    "hypotheses_of",
    "joined_by",
    "judge_partitions",
    "label_objects",
    "no_hypotheses",
    "object_scores",
    "profiles_of",
    "refine_and_measure",
    "refine_objects",
    "refuse_no_numbers",
    "search_objects",
    "segment",
    "solve_multicut",
    "split_background",
    "verdict_on",
]

# loaded when asked for: a prediction must not wait for the search and what compares segmentations
__getattr__ = lazy_names(
    __name__,
    {
        "around": ("Candidate", "candidates_at"),
        "candidates": ("CandidateSegments", "candidates_of"),
        "comparison": ("Comparison", "cut_along"),
        "drawn_level": ("drawn_levels",),
        "film_frames": ("FilmFrames",),
        "hypotheses": ("Hypotheses", "hypotheses_of", "no_hypotheses"),
        "label_image": ("LabelObjects", "label_objects", "object_scores"),
        "look": ("Profiles", "profiles_of"),
        "search": ("Selection", "search_objects"),
        "verdict": ("LOST", "POOR", "Verdict", "causes_of", "verdict_on"),
    },
)
