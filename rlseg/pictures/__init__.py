"""For human eyes: stretched images, outlines, objects in colours, all stages in one panel."""

from __future__ import annotations

from rlseg.pictures.drawing import Rgb, cracks, enlarge, stretch
from rlseg.pictures.overlay import draw_overlay, write_overlay
from rlseg.pictures.panel import draw_edges, draw_objects, draw_stages, green_to_red, grid

__all__ = [
    "Rgb",
    "cracks",
    "draw_edges",
    "draw_objects",
    "draw_overlay",
    "draw_stages",
    "enlarge",
    "green_to_red",
    "grid",
    "stretch",
    "write_overlay",
]
