"""Rules that sort segments into classes, one file each."""

from __future__ import annotations

from rlseg.rewards.classes.base import ClassRule, ThresholdRule
from rlseg.rewards.classes.by_area import AreaRule

__all__ = ["AreaRule", "ClassRule", "ThresholdRule"]
