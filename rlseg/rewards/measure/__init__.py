"""Segments measured, with scikit-image's numbers exactly."""

from __future__ import annotations

from rlseg.rewards.measure import descriptors
from rlseg.rewards.measure.accumulate import sum_cut_edges
from rlseg.rewards.measure.catalogue import DESCRIPTORS, VOLUME_DESCRIPTORS
from rlseg.rewards.measure.circles import Circles
from rlseg.rewards.measure.continued import CONTINUED
from rlseg.rewards.measure.moments import central_moments, covariances, hu_invariants
from rlseg.rewards.measure.polygon import first_crossing, polygon_area, polygon_moments
from rlseg.rewards.measure.proposed import judge_proposals, proposed_regions
from rlseg.rewards.measure.segments import Segments

__all__ = [
    "CONTINUED",
    "DESCRIPTORS",
    "VOLUME_DESCRIPTORS",
    "Circles",
    "Segments",
    "central_moments",
    "covariances",
    "descriptors",
    "first_crossing",
    "hu_invariants",
    "judge_proposals",
    "polygon_area",
    "polygon_moments",
    "proposed_regions",
    "sum_cut_edges",
]
