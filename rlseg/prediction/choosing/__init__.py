"""Superpixels chosen without labels, by what the search over them earns."""

from __future__ import annotations

from rlseg.prediction.choosing.candidates import usual
from rlseg.prediction.choosing.choice import Choice, choose
from rlseg.prediction.choosing.drawn import draw_choice, write_choice
from rlseg.prediction.choosing.parts import chosen_of, middle_of
from rlseg.prediction.choosing.said import choice_lines, settings_of
from rlseg.prediction.choosing.trial import Trial

__all__ = [
    "Choice",
    "Trial",
    "choice_lines",
    "choose",
    "chosen_of",
    "draw_choice",
    "middle_of",
    "settings_of",
    "usual",
    "write_choice",
]
