"""Where segments lie around the centre and which way they point.

Angles are those of scikit-image's `orientation`: 0 points down a column, 90 degrees along a row to the right, so that
they grow counter-clockwise on the screen. Axes have no sign: 10 and 190 degrees are the same.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Tag

from rlseg.arrays import Floats, np
from rlseg.rewards.geometry import GeometryReference
from rlseg.rewards.model import by_shape
from rlseg.rewards.properties import Measurements

# Closer to round, in px^2 of variance, or to the centre, in px, than this: without a direction.
NO_DIRECTION = 1e-6
# What a segment without a direction is off by: half way between right and wrong.
HALF_WAY = 45.0


NEEDS_CENTER = GeometryReference("center", when=("radial", "tangential"))
Direction = Annotated[
    Annotated[Literal["radial", "tangential"], Tag("<name>")] | Annotated[float, Tag("<number>")],
    by_shape(str, "name", "number"),
    NEEDS_CENTER,
]  # fmt: skip
AnyDirection = Annotated[
    Annotated[Literal["radial", "tangential", "any"], Tag("<name>")] | Annotated[float, Tag("<number>")],
    by_shape(str, "name", "number"),
    NEEDS_CENTER,
]  # fmt: skip


def offsets_from_center(measurements: Measurements) -> Floats:
    """(M, 2) row and column of the segments' centroids minus those of the centre of the geometry, in pixels."""
    geometry = measurements.geometry
    assert geometry is not None  # the loader has seen to it, see GeometryReference
    segments = measurements.segments
    return segments.centroid - geometry.center_px(segments.regions.shape, measurements.pixel_size)


def distances_to_center(measurements: Measurements) -> Floats:
    """(M,) distance of the segments' centroids from the centre of the geometry, in the file's unit of length."""
    return np.hypot(*offsets_from_center(measurements).T) * measurements.pixel_size


def bearings(measurements: Measurements) -> Floats:
    """(M,) degrees in [0, 360): direction from the centre to each segment's centroid; 0 at the centre itself."""
    row, column = offsets_from_center(measurements).T
    return np.degrees(np.arctan2(column, row)) % 360.0


def misalignment(measurements: Measurements, direction: str | float) -> Floats:
    """Angle between the major axis of each segment and a direction.

    Args:
        measurements: the segments; with a geometry if the direction is radial or tangential.
        direction: "radial" (through the centre), "tangential" (around it), or a fixed angle in degrees.

    Returns:
        (M,) degrees in [0, 90]. 45 for segments without a direction: a pixel, a square, a disc, and next to
        radial directions those whose centroid is the centre.
    """
    segments = measurements.segments
    large, small = segments.variances
    lost = large - small <= NO_DIRECTION
    if isinstance(direction, str):
        row, column = offsets_from_center(measurements).T
        lost |= np.hypot(row, column) <= NO_DIRECTION
        wanted = np.degrees(np.arctan2(column, row)) + (90.0 if direction == "tangential" else 0.0)
    else:
        wanted = np.full(segments.count, direction)
    apart = np.abs((segments.descriptor("orientation") - wanted + 90.0) % 180.0 - 90.0)
    return np.where(lost, HALF_WAY, apart)
