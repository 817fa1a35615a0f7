"""Where segments lie."""

from __future__ import annotations

from rlseg.arrays import Floats
from rlseg.rewards.measure import accumulate
from rlseg.rewards.measure.catalogue import descriptor
from rlseg.rewards.measure.segments import Segments


@descriptor("px", volumes=True)
def centroid_row(segments: Segments, channel: int = 0) -> Floats:
    """Mean row of the pixels; 0 is the centre of the image's first row, larger is lower."""
    return segments.centroid[:, -2]


@descriptor("px", volumes=True)
def centroid_col(segments: Segments, channel: int = 0) -> Floats:
    """Mean column of the pixels; 0 is the centre of the image's first column, larger is further right."""
    return segments.centroid[:, -1]


@descriptor("1", volumes=True)
def border_share(segments: Segments, channel: int = 0) -> Floats:
    """Share of the pixel sides on the outline that lie on the border of the image: 0 inside, 1 if it fills it."""
    regions = segments.regions
    border = segments.total(regions.border)
    length = regions.edge_length[:, None]
    inner = accumulate.sum_cut_edges(segments.labels, segments.count, regions.edge_index, length, length)[:, 0]
    return border / (border + inner)
