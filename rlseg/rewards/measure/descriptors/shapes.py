"""Size and shape of segments from their second moments and boxes."""

from __future__ import annotations

from rlseg.arrays import Floats, np
from rlseg.rewards.measure.catalogue import descriptor, ratio
from rlseg.rewards.measure.segments import Segments


@descriptor("px2")
def area(segments: Segments, channel: int = 0) -> Floats:
    """Number of pixels."""
    return segments.pixels


@descriptor("px")
def axis_major_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the major axis of the ellipse with the same second moments."""
    return 4 * np.sqrt(segments.variances[0])


@descriptor("px")
def axis_minor_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the minor axis of the ellipse with the same second moments."""
    return 4 * np.sqrt(segments.variances[1])


@descriptor("1")
def eccentricity(segments: Segments, channel: int = 0) -> Floats:
    """0 for a circle, towards 1 for a line; 0 for one pixel."""
    large, small = segments.variances
    return np.sqrt(np.clip(1 - ratio(small, large, empty=1.0), 0, 1))


@descriptor("1")
def ellipse_fill(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the ellipse with the same second moments: 1 for an ellipse, lower if ragged or bent."""
    large, small = segments.variances
    # a pixel is a square with variance 1/12 a side, which matters for segments a few pixels wide
    return segments.descriptor("area") / (4 * np.pi * np.sqrt((large + 1 / 12) * (small + 1 / 12)))


@descriptor("px")
def box_length(segments: Segments, channel: int = 0) -> Floats:
    """Length of the rectangle with the same largest second moment lambda_1: sqrt(12 lambda_1).

    lambda_1 includes the 1/12 px^2 that a pixel has as a square, so that upright rectangles are measured exactly. For
    long objects this is the length along the axis, little moved by ragged ends.
    """
    return np.sqrt(12 * (segments.variances[0] + 1 / 12))


@descriptor("px")
def box_width(segments: Segments, channel: int = 0) -> Floats:
    """Width of the rectangle with the same area and the length `box_length`: area / box_length.

    The mean width along the axis. Unlike sqrt(12 lambda_2) it does not grow when a long object is bent or tapered.
    """
    return segments.descriptor("area") / segments.descriptor("box_length")


@descriptor("px")
def equivalent_diameter_area(segments: Segments, channel: int = 0) -> Floats:
    """Diameter of a circle with the same area."""
    return np.sqrt(4 * segments.descriptor("area") / np.pi)


@descriptor("1")
def extent(segments: Segments, channel: int = 0) -> Floats:
    """Area over the area of the bounding box."""
    box = segments.boxes
    return segments.descriptor("area") / ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))


@descriptor("deg")
def orientation(segments: Segments, channel: int = 0) -> Floats:
    """Angle of the major axis, over -90 up to 90: 0 along the rows' axis (upright), 90 along the columns' (level).

    Positive angles turn from down to the right, which is counter-clockwise in the image. -45 where no axis is longer.
    """
    rr, rc, cc = segments.covariance.T
    # scikit-image gives the round ones this angle
    return np.where((rr == cc) & (rc == 0), -45.0, np.degrees(0.5 * np.arctan2(2 * rc, rr - cc)))
