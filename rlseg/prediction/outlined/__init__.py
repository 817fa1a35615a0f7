"""Outlined objects become rules: measured, as superpixels show them, beside what else lies around, and checked."""

from __future__ import annotations

from rlseg.prediction.outlined.check import Check, check_objects
from rlseg.prediction.outlined.measure import FEWEST, MeasuredRules, rules_from_outlines, rules_of_scenes
from rlseg.prediction.outlined.scene import OutlinedScene, read_scenes

__all__ = [
    "FEWEST",
    "Check",
    "MeasuredRules",
    "OutlinedScene",
    "check_objects",
    "read_scenes",
    "rules_from_outlines",
    "rules_of_scenes",
]
