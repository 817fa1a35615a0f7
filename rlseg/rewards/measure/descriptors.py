"""Object descriptors by name: what a reward file may ask about a segment.

Names and definitions are those of `skimage.measure.regionprops` where it has the descriptor; the others are defined in
their docstrings. Every function takes the segments and an image channel and returns (M,) finite floats, also for
one-pixel segments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlseg.arrays import Floats, np
from rlseg.rewards.measure import accumulate, hull, outline

if TYPE_CHECKING:
    from rlseg.rewards.measure.segments import Segments


@dataclass(frozen=True)
class Descriptor:
    """A measurable quantity: its unit ("px", "px2", "intensity", "deg", "1" for none) and how to compute it."""

    unit: str
    compute: Callable[[Segments, int], Floats]


DESCRIPTORS: dict[str, Descriptor] = {}


def _descriptor(unit: str) -> Callable[[Callable[[Segments, int], Floats]], Callable[[Segments, int], Floats]]:
    def register(function: Callable[[Segments, int], Floats]) -> Callable[[Segments, int], Floats]:
        DESCRIPTORS[function.__name__] = Descriptor(unit, function)
        return function

    return register


def _ratio(numerator: Floats, denominator: Floats, empty: float = 0.0) -> Floats:
    """numerator / denominator, and `empty` where the denominator is not positive."""
    result = np.full(len(numerator), empty)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


@_descriptor("px2")
def area(segments: Segments, channel: int = 0) -> Floats:
    """Number of pixels."""
    return segments.total(segments.regions.area)


@_descriptor("px")
def axis_major_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the major axis of the ellipse with the same second moments."""
    return 4 * np.sqrt(segments.variances[0])


@_descriptor("px")
def axis_minor_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the minor axis of the ellipse with the same second moments."""
    return 4 * np.sqrt(segments.variances[1])


@_descriptor("1")
def eccentricity(segments: Segments, channel: int = 0) -> Floats:
    """0 for a circle, towards 1 for a line; 0 for one pixel."""
    large, small = segments.variances
    return np.sqrt(np.clip(1 - _ratio(small, large, empty=1.0), 0, 1))


@_descriptor("1")
def ellipse_fill(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the ellipse with the same second moments: 1 for an ellipse, lower if ragged or bent."""
    large, small = segments.variances
    # a pixel is a square with variance 1/12 a side, which matters for segments a few pixels wide
    return segments.descriptor("area") / (4 * np.pi * np.sqrt((large + 1 / 12) * (small + 1 / 12)))


@_descriptor("px")
def box_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the rectangle with the same largest second moment lambda_1: sqrt(12 lambda_1).

    lambda_1 includes the 1/12 px^2 that a pixel has as a square, so that upright rectangles are measured exactly. For
    long objects this is the length along the axis, little moved by ragged ends.
    """
    return np.sqrt(12 * (segments.variances[0] + 1 / 12))


@_descriptor("px")
def box_width(segments: Segments, channel: int = 0) -> Floats:
    """Width of the rectangle with the same area and the length `box_length`: area / box_length.

    The mean width along the axis. Unlike sqrt(12 lambda_2) it does not grow when a long object is bent or tapered.
    """
    return segments.descriptor("area") / segments.descriptor("box_length")


@_descriptor("px")
def equivalent_diameter_area(segments: Segments, channel: int = 0) -> Floats:
    """Diameter of a circle with the same area."""
    return np.sqrt(4 * segments.descriptor("area") / np.pi)


@_descriptor("1")
def extent(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the bounding box."""
    box = segments.boxes
    return segments.descriptor("area") / ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))


def _perimeters(segments: Segments) -> Floats:
    regions = segments.regions
    labels, ids = segments.joined
    return outline.perimeters(labels, len(ids), regions.framed, regions.framed_rim, regions.shape[1] + 2)


def _hull_areas(segments: Segments) -> Floats:
    return hull.hull_areas(*segments.hull_rows)


def _hull_diameters(segments: Segments) -> Floats:
    return hull.hull_diameters(*segments.hull_rows)


@_descriptor("px")
def perimeter(segments: Segments, channel: int = 0) -> Floats:
    """Length of the chain of border pixels (`skimage.measure.perimeter`, 4-neighbourhood); 0 for one pixel."""
    return segments.measure_joined(_perimeters)


@_descriptor("1")
def circularity(segments: Segments, channel: int = 0) -> Floats:
    """4 pi area / perimeter^2, at most 1; about 1 for a disc, lower for long or ragged outlines; 1 for one pixel."""
    length = segments.descriptor("perimeter")
    return np.minimum(_ratio(4 * np.pi * segments.descriptor("area"), length**2, empty=1.0), 1.0)


@_descriptor("1")
def solidity(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the convex hull."""
    return segments.descriptor("area") / segments.measure_joined(_hull_areas)


@_descriptor("px")
def feret_diameter_max(segments: Segments, channel: int = 0) -> Floats:
    """Largest distance between two points on the outline of the convex hull; 1 for one pixel."""
    return segments.measure_joined(_hull_diameters)


@_descriptor("px")
def perimeter_crofton(segments: Segments, channel: int = 0) -> Floats:
    """Length of the outline, holes included, by Crofton's formula in four directions.

    Steadier under rotation and for small objects than `perimeter`; 3.14 * diameter for large discs.
    """
    return segments.quad_counts @ np.array(outline.CROFTON)


@_descriptor("1")
def euler_number(segments: Segments, channel: int = 0) -> Floats:
    """Number of pieces minus number of holes; pixels that touch at a corner are one piece. 1 for a plain object."""
    return (segments.quad_counts @ np.array(outline.EULER)).astype(np.float64)


@_descriptor("deg")
def orientation(segments: Segments, channel: int = 0) -> Floats:
    """Angle of the major axis, over -90 up to 90: 0 along the rows' axis (upright), 90 along the columns' (level).

    Positive angles turn from down to the right, which is counter-clockwise in the image. -45 where no axis is longer.
    """
    rr, rc, cc = segments.covariance.T
    # scikit-image gives the round ones this angle
    return np.where((rr == cc) & (rc == 0), -45.0, np.degrees(0.5 * np.arctan2(2 * rc, rr - cc)))


@_descriptor("px")
def centroid_row(segments: Segments, channel: int = 0) -> Floats:
    """Mean row of the pixels; 0 is the centre of the image's first row, larger is lower."""
    return segments.centroid[:, 0]


@_descriptor("px")
def centroid_col(segments: Segments, channel: int = 0) -> Floats:
    """Mean column of the pixels; 0 is the centre of the image's first column, larger is further right."""
    return segments.centroid[:, 1]


@_descriptor("1")
def border_share(segments: Segments, channel: int = 0) -> Floats:
    """Share of the pixel sides on the outline that lie on the border of the image: 0 inside, 1 if it fills it."""
    regions = segments.regions
    border = segments.total(regions.border)
    length = regions.edge_length[:, None]
    inner = accumulate.sum_cut_edges(segments.labels, segments.count, regions.edge_index, length, length)[:, 0]
    return border / (border + inner)


@_descriptor("intensity")
def intensity_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity."""
    return segments.total(segments.regions.intensity_sum[:, channel]) / segments.descriptor("area")


@_descriptor("intensity")
def intensity_std(segments: Segments, channel: int = 0) -> Floats:
    """Standard deviation of the intensity over the pixels."""
    square = segments.total(segments.regions.intensity_square[:, channel]) / segments.descriptor("area")
    return np.sqrt(np.maximum(square - segments.descriptor("intensity_mean", channel) ** 2, 0))


@_descriptor("intensity")
def intensity_max(segments: Segments, channel: int = 0) -> Floats:
    """Largest intensity."""
    return accumulate.extreme_nodes(
        segments.labels, segments.count, segments.regions.intensity_max[:, channel].copy(), True
    )


@_descriptor("intensity")
def intensity_min(segments: Segments, channel: int = 0) -> Floats:
    """Smallest intensity."""
    return accumulate.extreme_nodes(
        segments.labels, segments.count, segments.regions.intensity_min[:, channel].copy(), False
    )


@_descriptor("intensity")
def surround_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity of the superpixels that touch the segment from outside, weighted by the length of the contact.

    The segment's own mean where nothing touches it.
    """
    regions = segments.regions
    across_u, across_v = regions.contact_intensity
    totals = accumulate.sum_cut_edges(
        segments.labels, segments.count, regions.edge_index, across_u[channel], across_v[channel]
    )
    own = segments.descriptor("intensity_mean", channel)
    return np.where(totals[:, 0] > 0, _ratio(totals[:, 1], totals[:, 0]), own)


@_descriptor("intensity")
def contrast(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity minus that of what touches the segment (`surround_mean`); 0 where nothing does."""
    return segments.descriptor("intensity_mean", channel) - segments.descriptor("surround_mean", channel)


def _outline_mean(segments: Segments, values: Floats) -> Floats:
    """Mean per crack that bounds each segment, of (E, 2) numbers of cracks and sums over them; 0 without any."""
    totals = _outline_totals(segments, values)
    return _ratio(totals[:, 1], totals[:, 0])


def _outline_totals(segments: Segments, values: Floats) -> Floats:
    return accumulate.sum_cut_edges(segments.labels, segments.count, segments.regions.edge_index, values, values)


@_descriptor("intensity")
def boundary_evidence(segments: Segments, channel: int = 0) -> Floats:
    """Mean absolute step of the intensity between the two pixels on either side of the outline.

    0 for a segment that fills the image. This is for objects that end in an edge; where a stain or a map marks the
    boundaries themselves, `outline_intensity` is the evidence.
    """
    return _outline_mean(segments, segments.regions.crack_jump[channel])


@_descriptor("intensity")
def outline_intensity(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity of the pixels on both sides of the outline; the segment's own mean if it fills the image."""
    totals = _outline_totals(segments, segments.regions.crack_intensity[channel])
    own = segments.descriptor("intensity_mean", channel)
    return np.where(totals[:, 0] > 0, _ratio(totals[:, 1], totals[:, 0]), own)


@_descriptor("1")
def outline_level(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness on the outline: 0 = local background, 1 = bright core, 0.5 = half way between.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.crack_intensity[segments.regions.level_channel])


@_descriptor("1")
def outline_step(segments: Segments, channel: int = 0) -> Floats:
    """Mean change of the relative brightness between the two pixels on either side of the outline; larger is sharper.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.crack_jump[segments.regions.level_channel])


@_descriptor("1")
def level_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness: 0 = local background, 1 = bright core. `channel` is ignored."""
    regions = segments.regions
    return segments.total(regions.intensity_sum[:, regions.level_channel]) / segments.descriptor("area")
