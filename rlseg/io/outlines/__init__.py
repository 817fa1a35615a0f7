"""Objects that people outlined in other programs, each format in one file: read, drawn, and paired with images."""

from __future__ import annotations

from rlseg.io.outlines.find import OutlineFile, find_outlines
from rlseg.io.outlines.on_screen import outlines_on_screen
from rlseg.io.outlines.read import Outlines, read_outlines
from rlseg.io.outlines.rle import run_lengths_text, runs_of_objects

__all__ = [
    "OutlineFile",
    "Outlines",
    "find_outlines",
    "outlines_on_screen",
    "read_outlines",
    "run_lengths_text",
    "runs_of_objects",
]
