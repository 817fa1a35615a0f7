"""Outlined objects become rules: measured, as superpixels show them, beside what else lies around, and checked."""

from __future__ import annotations

from rlseg.prediction.outlined.check import Check, check_objects
from rlseg.prediction.outlined.describe import describe_objects
from rlseg.prediction.outlined.images import OutlinedImage, read_outlined, without_border
from rlseg.prediction.outlined.measure import (
    FEWEST,
    MeasuredRules,
    rules_from_images,
    rules_from_outlines,
    rules_of_scenes,
)
from rlseg.prediction.outlined.scene import OutlinedScene, prepare_scenes

__all__ = [
    "FEWEST",
    "Check",
    "MeasuredRules",
    "OutlinedImage",
    "OutlinedScene",
    "check_objects",
    "describe_objects",
    "prepare_scenes",
    "read_outlined",
    "rules_from_images",
    "rules_from_outlines",
    "rules_of_scenes",
    "without_border",
]
