"""Shapes of napari as a table."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np

from rlseg.io.outlines.base import OutlineFormat, broken
from rlseg.io.outlines.shapes import Found, ellipse
from rlseg.io.outlines.source import Source

_COLUMNS = ("index", "shape-type", "vertex-index", "axis-0", "axis-1")
_NO_OBJECTS = {"path": "a path", "line": "a line"}


class NapariShapes(OutlineFormat):
    """Corners by row and column in pixels, where 0, 0 is the **centre** of the first pixel."""

    kind = "napari shapes"
    suffixes = (".csv",)

    def recognises(self, source: Source) -> bool:
        """By the names of the first columns."""
        return source.start.removeprefix(b"\xef\xbb\xbf").replace(b'"', b"").startswith(b"index,shape-type,vertex")

    def read(self, source: Source) -> Found:
        """Shapes on one plane. Of more than two axes the last two are row and column."""
        try:
            rows = list(csv.DictReader(source.text.splitlines()))
            axes = sorted(name for name in (rows[0] if rows else ()) if name and name.startswith("axis-"))
            if rows and axes[:2] != list(_COLUMNS[3:]):
                raise ValueError("no columns axis-0, axis-1")
            found, planes = Found(), set()
            for kind, corners in _by_index(rows, axes).values():
                planes.add(tuple(np.round(corners[0, :-2]).tolist()))
                add_shape(found, kind, corners[:, :-3:-1] + 0.5, f"shape {len(found.shapes) + len(found.left_out)}")
        except (KeyError, TypeError, ValueError, csv.Error):
            raise broken(source, "its columns are not those of napari's shapes") from None
        if len(planes) > 1:
            raise broken(source, f"its shapes lie on {len(planes)} planes, those of one image are needed")
        return found


def _by_index(rows: list[dict[str, Any]], axes: list[str]) -> dict[str, tuple[str, np.ndarray]]:
    """Index -> kind of shape, (N, axes) corners in the order of their numbers."""
    found: dict[str, tuple[str, list[tuple[float, ...]]]] = {}
    for row in rows:
        _, corners = found.setdefault(row["index"], (row["shape-type"], []))
        corners.append((float(row["vertex-index"]), *(float(row[axis]) for axis in axes)))
    return {index: (kind, np.array(sorted(corners))[:, 1:]) for index, (kind, corners) in found.items()}


def add_shape(found: Found, kind: str, corners: np.ndarray, name: str) -> None:
    """Add a shape of napari to what was found, or note that it is no object.

    Args:
        found: gets it.
        kind: as napari calls it.
        corners: (N, 2) x, y from the outer corner of the first pixel.
        name: of the shape, for messages.

    Raises:
        ValueError: napari has no such kind.
    """
    if kind in _NO_OBJECTS:
        found.leave(_NO_OBJECTS[kind], name)
    elif kind in ("polygon", "rectangle"):
        found.add(name, [corners])
    elif kind == "ellipse" and len(corners) == 4:  # the corners of the box around it, which may be turned
        first, second, _, fourth = corners
        found.add(name, [ellipse(corners.mean(axis=0), (second - first) / 2, (fourth - first) / 2)])
    else:
        raise ValueError("unknown kind of shape")
