"""Objects of neighbouring frames: which of them may be one, and what an object is paid for going on."""

from __future__ import annotations

from rlseg.rewards.film.candidates import (
    Candidates,
    Scene,
    SharedPixels,
    find_candidates,
    score_candidates,
    shared_pixels,
)
from rlseg.rewards.film.continuity import continuity_of
from rlseg.rewards.film.drift import drift_between
from rlseg.rewards.film.frame import FrameObjects, MeasuredObjects
from rlseg.rewards.film.neighbours import Neighbours, Side

__all__ = [
    "Candidates",
    "FrameObjects",
    "MeasuredObjects",
    "Neighbours",
    "Scene",
    "SharedPixels",
    "Side",
    "continuity_of",
    "drift_between",
    "find_candidates",
    "score_candidates",
    "shared_pixels",
]
