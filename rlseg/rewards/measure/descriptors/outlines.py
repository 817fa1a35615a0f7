"""Outlines and convex hulls of segments."""

from __future__ import annotations

from rlseg.arrays import Floats, np
from rlseg.rewards.measure import hull, outline
from rlseg.rewards.measure.catalogue import descriptor, ratio
from rlseg.rewards.measure.segments import Segments


def _perimeters(segments: Segments) -> Floats:
    still = segments.regions.still
    labels, ids = segments.joined
    return outline.perimeters(labels, len(ids), still.framed, *still.rim_of_nodes, still.shape[1] + 2)


def _hull_areas(segments: Segments) -> Floats:
    return hull.hull_areas(*segments.hull_rows)


def _hull_diameters(segments: Segments) -> Floats:
    return hull.hull_diameters(*segments.hull_rows)


@descriptor("px")
def perimeter(segments: Segments, channel: int = 0) -> Floats:
    """Length of the chain of border pixels (`skimage.measure.perimeter`, 4-neighbourhood); 0 for one pixel."""
    return segments.measure_joined(_perimeters)


@descriptor("1")
def circularity(segments: Segments, channel: int = 0) -> Floats:
    """4 pi area / perimeter^2, at most 1; about 1 for a disc, lower for long or ragged outlines; 1 for one pixel."""
    length = segments.descriptor("perimeter")
    return np.minimum(ratio(4 * np.pi * segments.descriptor("area"), length**2, empty=1.0), 1.0)


@descriptor("1")
def solidity(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the convex hull."""
    return segments.descriptor("area") / segments.measure_joined(_hull_areas)


@descriptor("px")
def feret_diameter_max(segments: Segments, channel: int = 0) -> Floats:
    """Largest distance between two points on the outline of the convex hull; 1 for one pixel."""
    return segments.measure_joined(_hull_diameters)


@descriptor("px")
def perimeter_crofton(segments: Segments, channel: int = 0) -> Floats:
    """Length of the outline, holes included, by Crofton's formula in four directions.

    Steadier under rotation and for small objects than `perimeter`; 3.14 * diameter for large discs.
    """
    return segments.quad_counts @ np.array(outline.CROFTON)


@descriptor("1")
def euler_number(segments: Segments, channel: int = 0) -> Floats:
    """Number of pieces minus number of holes; pixels that touch at a corner are one piece. 1 for a plain object."""
    return (segments.quad_counts @ np.array(outline.EULER)).astype(np.float64)
