"""LabelMe's JSON."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL.PngImagePlugin import PngImageFile

from rlseg.io.outlines.base import OutlineFormat, broken
from rlseg.io.outlines.shapes import Found, Mask, Part, Shape, ellipse, polygon_of, rectangle
from rlseg.io.outlines.source import Source

_NO_OBJECTS = {"line": "a line", "linestrip": "a line", "point": "a point", "points": "points"}
_MOST_PIXELS = 2**29


class LabelMe(OutlineFormat):
    """Polygons, rectangles, circles and masks; the outer corner of the first pixel is 0, 0."""

    kind = "LabelMe JSON"
    suffixes = (".json",)

    def recognises(self, source: Source) -> bool:
        """By its list of shapes, each with points."""
        content = source.json
        if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
            return False
        return "imagePath" in content or any(isinstance(s, dict) and "points" in s for s in content["shapes"])

    def read(self, source: Source) -> Found:
        """Shapes of one label with one `group_id` are one object."""
        content = source.json
        found = Found()
        grouped: dict[Any, list[Part]] = {}
        numbers: dict[Any, int] = {}
        try:
            height, width = content.get("imageHeight"), content.get("imageWidth")
            if height and width:
                found.shape = int(height), int(width)
            for place, shape in enumerate(content["shapes"]):
                kind, label, group = shape.get("shape_type") or "polygon", str(shape["label"]), shape.get("group_id")
                if kind in _NO_OBJECTS:
                    found.leave(_NO_OBJECTS[kind], label)
                    continue
                key = (label, place, None) if group is None else (label, None, group)
                grouped.setdefault(key, []).append(_part(kind, shape))
                if isinstance(group, int) and group > 0 and shape.get("number") == group:  # rlseg writes both
                    numbers[key] = group
        except (KeyError, TypeError, ValueError, AttributeError, OSError, SyntaxError):
            raise broken(source, "one of its shapes is none of LabelMe") from None
        found.shapes = [Shape(key[0], tuple(parts), numbers.get(key)) for key, parts in grouped.items()]
        return found


def _part(kind: str, shape: dict[str, Any]) -> Part:
    points = np.asarray(shape["points"], np.float64)
    if kind == "mask":
        left, top = np.floor(points.min(axis=0)).astype(int)
        return Mask(int(top), int(left), _picture(shape["mask"]))
    if kind in ("polygon", "oriented_rectangle") or (kind == "rectangle" and len(points) == 4):
        return polygon_of([points])
    (x, y), (other, below) = points
    if kind == "rectangle":
        return polygon_of([rectangle(min(x, other), min(y, below), max(x, other), max(y, below))])
    if kind == "circle":  # its centre, and a point on it
        radius = float(np.hypot(other - x, below - y))
        return polygon_of([ellipse((x, y), (radius, 0), (0, radius))])
    raise ValueError("unknown kind of shape")


def _picture(text: str) -> np.ndarray:
    """(h, w) bool of a PNG in base 64."""
    with PngImageFile(io.BytesIO(base64.b64decode(text, validate=True))) as image:
        if image.width * image.height > _MOST_PIXELS:
            raise ValueError("too large")
        pixels = np.asarray(image.convert("L"))
    return pixels > 0
