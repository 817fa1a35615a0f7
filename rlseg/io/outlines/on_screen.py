"""Shapes that are on the screen of a viewer, in no file yet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io.outlines.draw import draw, left_out_note
from rlseg.io.outlines.napari import add_shape
from rlseg.io.outlines.read import Outlines
from rlseg.io.outlines.shapes import Found, ellipse


def outlines_on_screen(shapes: Iterable[tuple[str, npt.ArrayLike]], size: tuple[int, int]) -> Outlines:
    """Draw shapes as napari has them into an image.

    Beside what `read_outlines` takes for objects, a path of three corners or more is an outline that is closed, and a
    line is the diameter of a disc: one stroke across a round object says how wide it is.

    Args:
        shapes: kind (polygon, rectangle, ellipse, path or line) and (N, 2) row, column of the corners, where 0, 0 is
            the centre of the first pixel.
        size: (H, W) of the image.

    Raises:
        RlsegError: none of them is an object within the image, or a kind is unknown.
    """
    found = Found()
    for number, (kind, corners) in enumerate(shapes, start=1):
        points = np.asarray(corners, np.float64)[:, ::-1] + 0.5
        name = f"shape {number}"
        if kind == "line" or (kind == "path" and len(points) == 2):
            half = (points[1] - points[0]) / 2
            found.add(name, [ellipse(points.mean(axis=0), half, half[::-1] * (1, -1))])
            continue
        try:
            add_shape(found, "polygon" if kind == "path" and len(points) > 2 else kind, points, name)
        except ValueError as error:
            raise RlsegError(f"{name} is of the kind {kind!r:.40}, which is no outline", "draw polygons") from error
    labels, names = draw(found, size)
    note = left_out_note(found)
    if not names:
        raise RlsegError("no outlined object lies in the image", note or "outline some objects, or draw lines across")
    return Outlines(labels, names, "shapes on the screen", (note,) if note else ())
