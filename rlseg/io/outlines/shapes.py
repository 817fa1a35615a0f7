"""Outlined shapes as all formats hand them on: polygons or masks in one system of coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Bools, Floats, Labels

Ring = Floats
"""(N, 2) row, column of the corners; **the outer corner of the first pixel is (0, 0)**, its centre (0.5, 0.5)."""
Part: TypeAlias = "Polygon | Mask"
# corners of a circle: a polygon of so many lies within r / 13000 of it
_CORNERS = 256


@dataclass(frozen=True)
class Polygon:
    """A piece of an object: what lies in an odd number of its rings, so that a ring inside another is a hole."""

    rings: tuple[Ring, ...]


@dataclass(frozen=True)
class Mask:
    """A piece of an object as pixels: (h, w) bool, and the row and column in the image of its first pixel."""

    row: int
    column: int
    pixels: Bools


@dataclass(frozen=True)
class Shape:
    """One outlined object.

    Attributes:
        name: what the file calls it, for messages; may be empty.
        parts: the object is everything that lies in one of them.
        number: the label that the file gives it, or None.
    """

    name: str
    parts: tuple[Part, ...]
    number: int | None = None


@dataclass
class Found:
    """What a file holds.

    Attributes:
        shapes: the objects, in the order of the file.
        left_out: what it holds besides: the reason, like "a line", and the name.
        shape: (H, W) of the image, if the file says it.
        notes: lines about the whole file.
        labels: (H, W) int32 where the file says which pixels are whose, in place of shapes.
    """

    shapes: list[Shape] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    shape: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)
    labels: Labels | None = None

    def add(self, name: str, rings: Iterable[npt.ArrayLike], number: int | None = None) -> None:
        """Keep an object of one polygon. rings: (N, 2) x, y each, with the outer corner of the first pixel at 0, 0."""
        self.shapes.append(Shape(name, (polygon_of(rings),), number))

    def leave(self, reason: str, name: str) -> None:
        """Note that something is no object. reason: like "a line"."""
        self.left_out.append((reason, name))


def polygon_of(rings: Iterable[npt.ArrayLike]) -> Polygon:
    """A polygon of rings of x, y.

    Raises:
        ValueError: they are no pairs of numbers.
    """
    return Polygon(tuple(_ring(ring) for ring in rings))


def rectangle(left: float, top: float, right: float, bottom: float) -> Floats:
    """(4, 2) x, y of the corners of an upright rectangle."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def ellipse(centre: Sequence[float], one: Sequence[float], other: Sequence[float]) -> Floats:
    """(256, 2) x, y on an ellipse: centre + cos(t) one + sin(t) other, where one and other are its half axes."""
    t = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return np.asarray(centre) + np.cos(t)[:, None] * np.asarray(one) + np.sin(t)[:, None] * np.asarray(other)


def _ring(points: npt.ArrayLike) -> Ring:
    ring = np.asarray(points, np.float64)
    if ring.ndim != 2 or ring.shape[1] < 2:
        raise ValueError("corners are pairs of numbers")
    return np.ascontiguousarray(ring[:, 1::-1])
