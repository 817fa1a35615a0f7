"""Superpixels chosen without labels, by what the search over them earns."""

from __future__ import annotations

from rlseg.prediction.choosing.choose import Choice, choose
from rlseg.prediction.choosing.drawn import draw_choice, write_choice
from rlseg.prediction.choosing.said import choice_lines, settings_of
from rlseg.prediction.choosing.trial import Trial

__all__ = ["Choice", "Trial", "choice_lines", "choose", "draw_choice", "settings_of", "write_choice"]
