"""Priors on single edges: each changes what the edges are paid, one file each."""

from __future__ import annotations

from rlseg.kinds import find_marks
from rlseg.rewards.edge_terms.base import EdgeKey, EdgeScene, EdgeTerm

EDGE_KEYS = sorted(find_marks(__name__, EdgeKey), key=lambda key: (key.place, key.name))
"""All of them in the order in which they are applied."""

__all__ = ["EDGE_KEYS", "EdgeKey", "EdgeScene", "EdgeTerm"]
