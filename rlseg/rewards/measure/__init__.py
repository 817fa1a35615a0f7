"""Segments measured: descriptors, outlines, hulls, circles; scikit-image's numbers exactly."""

from __future__ import annotations

from rlseg.rewards.measure import descriptors

__all__ = ["descriptors"]
