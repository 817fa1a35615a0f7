"""Priors on segments, one file each."""

from __future__ import annotations

from rlseg.rewards.terms.base import Scene, Term, TermReference
from rlseg.rewards.terms.box import RotatedBoxTerm
from rlseg.rewards.terms.circle import CircleTerm
from rlseg.rewards.terms.descriptor import DescriptorTerm
from rlseg.rewards.terms.ellipse import EllipseAxesTerm
from rlseg.rewards.terms.target import Target, TargetTerm

__all__ = [
    "CircleTerm",
    "DescriptorTerm",
    "EllipseAxesTerm",
    "RotatedBoxTerm",
    "Scene",
    "Target",
    "TargetTerm",
    "Term",
    "TermReference",
]
