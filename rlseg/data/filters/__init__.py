"""Filters of one picture in compiled loops, bit by bit what scipy and scikit-image find, in less time."""

from __future__ import annotations

from rlseg.data.filters.basins import watershed
from rlseg.data.filters.holes import fill_holes

__all__ = ["fill_holes", "watershed"]
