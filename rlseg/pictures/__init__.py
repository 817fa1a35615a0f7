"""For human eyes: stretched images, outlines, objects in colours, all stages in one panel."""

from __future__ import annotations

from rlseg.pictures.crop import draw_crop
from rlseg.pictures.drawing import Rgb, cracks, enlarge, stretch
from rlseg.pictures.overlay import draw_overlay, write_overlay
from rlseg.pictures.panel import draw_edges, draw_objects, draw_stages, draw_superpixels, green_to_red, grid
from rlseg.pictures.sections import Sections, cut_sections

__all__ = [
    "Rgb",
    "Sections",
    "cracks",
    "cut_sections",
    "draw_crop",
    "draw_edges",
    "draw_objects",
    "draw_overlay",
    "draw_stages",
    "draw_superpixels",
    "enlarge",
    "green_to_red",
    "grid",
    "stretch",
    "write_overlay",
]
