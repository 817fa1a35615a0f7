"""Object descriptors by name: what a reward file may ask about a segment.

Names and definitions are those of `skimage.measure.regionprops` where it has the descriptor; the others are defined in
their docstrings. Every function takes the segments and an image channel and returns (M,) finite floats, also for
one-pixel segments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlseg.regions import Floats
from rlseg.rewards import accumulate, outline

if TYPE_CHECKING:
    from rlseg.rewards.segments import Segments


@dataclass(frozen=True)
class Descriptor:
    """A measurable quantity: its unit ("px", "px2", "intensity" or "1" for none) and how to compute it."""

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
def equivalent_diameter_area(segments: Segments, channel: int = 0) -> Floats:
    """Diameter of a circle with the same area."""
    return np.sqrt(4 * segments.descriptor("area") / np.pi)


@_descriptor("1")
def extent(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the bounding box."""
    box = segments.boxes
    return segments.descriptor("area") / ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))


@_descriptor("px")
def perimeter(segments: Segments, channel: int = 0) -> Floats:
    """Length of the chain of border pixels (`skimage.measure.perimeter`, 4-neighbourhood); 0 for one pixel."""
    regions = segments.regions
    return outline.perimeters(segments.labels, segments.count, regions.framed, regions.framed_rim, regions.shape[1] + 2)


@_descriptor("1")
def circularity(segments: Segments, channel: int = 0) -> Floats:
    """4 pi area / perimeter^2, at most 1; about 1 for a disc, lower for long or ragged outlines; 1 for one pixel."""
    length = segments.descriptor("perimeter")
    return np.minimum(_ratio(4 * np.pi * segments.descriptor("area"), length**2, empty=1.0), 1.0)


@_descriptor("1")
def solidity(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the convex hull."""
    regions = segments.regions
    return segments.descriptor("area") / outline.hull_areas(
        segments.labels, segments.boxes, regions.span_start, regions.spans
    )


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
    u, v = regions.edge_index
    mean = regions.intensity_sum[:, channel] / regions.area
    length = regions.edge_length
    totals = accumulate.sum_cut_edges(
        segments.labels,
        segments.count,
        regions.edge_index,
        np.stack([length, length * mean[v]], axis=1),
        np.stack([length, length * mean[u]], axis=1),
    )
    own = segments.descriptor("intensity_mean", channel)
    return np.where(totals[:, 0] > 0, _ratio(totals[:, 1], totals[:, 0]), own)


@_descriptor("intensity")
def contrast(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity minus that of what touches the segment (`surround_mean`); 0 where nothing does."""
    return segments.descriptor("intensity_mean", channel) - segments.descriptor("surround_mean", channel)


def _outline_mean(segments: Segments, edge_sums: Floats) -> Floats:
    """Mean per crack of (E,) sums over the cracks that bound each segment; 0 where a segment has none."""
    regions = segments.regions
    values = np.stack([regions.edge_length, edge_sums], axis=1)
    totals = accumulate.sum_cut_edges(segments.labels, segments.count, regions.edge_index, values, values)
    return _ratio(totals[:, 1], totals[:, 0])


@_descriptor("1")
def outline_level(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness on the outline: 0 = local background, 1 = bright core, 0.5 = half way between.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.edge_intensity[:, segments.regions.level_channel])


@_descriptor("1")
def outline_step(segments: Segments, channel: int = 0) -> Floats:
    """Mean change of the relative brightness between the two pixels on either side of the outline; larger is sharper.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.edge_jump[:, segments.regions.level_channel])


@_descriptor("1")
def level_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness: 0 = local background, 1 = bright core. `channel` is ignored."""
    regions = segments.regions
    return segments.total(regions.intensity_sum[:, regions.level_channel]) / segments.descriptor("area")
