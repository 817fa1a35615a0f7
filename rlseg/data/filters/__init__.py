"""Filters of one picture in compiled loops, bit by bit what scipy and scikit-image find, ties by rules."""

from __future__ import annotations

from rlseg.data.filters.basins import watershed
from rlseg.data.filters.coarse import between, between_planes
from rlseg.data.filters.curvature import least_curvature
from rlseg.data.filters.falling import highest_first
from rlseg.data.filters.gauss import gaussian_filter, gaussian_of_some, gradient_magnitude
from rlseg.data.filters.holes import fill_holes
from rlseg.data.filters.inside import distance_inside
from rlseg.data.filters.percentiles import percentile_of_window, percentiles_of_window

__all__ = [
    "between",
    "between_planes",
    "distance_inside",
    "fill_holes",
    "gaussian_filter",
    "gaussian_of_some",
    "gradient_magnitude",
    "highest_first",
    "least_curvature",
    "percentile_of_window",
    "percentiles_of_window",
    "watershed",
]
