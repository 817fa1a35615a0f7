"""Intensity and relative brightness in segments, around them and along their outlines."""

from __future__ import annotations

from rlseg.arrays import Floats, np
from rlseg.rewards.measure import accumulate
from rlseg.rewards.measure.catalogue import descriptor, ratio
from rlseg.rewards.measure.segments import Segments


@descriptor("intensity", volumes=True)
def intensity_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity."""
    return segments.total(segments.regions.intensity_sum[:, channel]) / segments.pixels


@descriptor("intensity", volumes=True)
def intensity_std(segments: Segments, channel: int = 0) -> Floats:
    """Standard deviation of the intensity over the pixels."""
    square = segments.total(segments.regions.intensity_square[:, channel]) / segments.pixels
    return np.sqrt(np.maximum(square - segments.descriptor("intensity_mean", channel) ** 2, 0))


@descriptor("intensity", volumes=True)
def intensity_max(segments: Segments, channel: int = 0) -> Floats:
    """Largest intensity."""
    return accumulate.extreme_nodes(
        segments.labels, segments.count, segments.regions.intensity_max[:, channel].copy(), True
    )


@descriptor("intensity", volumes=True)
def intensity_min(segments: Segments, channel: int = 0) -> Floats:
    """Smallest intensity."""
    return accumulate.extreme_nodes(
        segments.labels, segments.count, segments.regions.intensity_min[:, channel].copy(), False
    )


@descriptor("intensity", volumes=True)
def surround_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity just outside: of the 3 pixels straight beyond each pixel side of the outline, fewer at the border.

    It belongs to the object alone: how the pixels outside are cut into segments makes no difference. The segment's own
    mean if it fills the image.
    """
    regions = segments.regions
    across_u, across_v = regions.beyond_intensity
    totals = accumulate.sum_cut_edges(
        segments.labels, segments.count, regions.edge_index, across_u[channel], across_v[channel]
    )
    own = segments.descriptor("intensity_mean", channel)
    return np.where(totals[:, 0] > 0, ratio(totals[:, 1], totals[:, 0]), own)


@descriptor("intensity", volumes=True)
def contrast(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity minus that just outside (`surround_mean`); 0 if the segment fills the image."""
    return segments.descriptor("intensity_mean", channel) - segments.descriptor("surround_mean", channel)


def _outline_mean(segments: Segments, values: Floats) -> Floats:
    """Mean per crack that bounds each segment, of (E, 2) numbers of cracks and sums over them; 0 without any."""
    totals = _outline_totals(segments, values)
    return ratio(totals[:, 1], totals[:, 0])


def _outline_totals(segments: Segments, values: Floats) -> Floats:
    return accumulate.sum_cut_edges(segments.labels, segments.count, segments.regions.edge_index, values, values)


@descriptor("intensity", volumes=True)
def boundary_evidence(segments: Segments, channel: int = 0) -> Floats:
    """Mean absolute step of the intensity between the two pixels on either side of the outline.

    0 for a segment that fills the image. This is for objects that end in an edge; where a stain or a map marks the
    boundaries themselves, `outline_intensity` is the evidence.
    """
    return _outline_mean(segments, segments.regions.crack_jump[channel])


@descriptor("intensity", volumes=True)
def outline_intensity(segments: Segments, channel: int = 0) -> Floats:
    """Mean intensity of the pixels on both sides of the outline; the segment's own mean if it fills the image."""
    totals = _outline_totals(segments, segments.regions.crack_intensity[channel])
    own = segments.descriptor("intensity_mean", channel)
    return np.where(totals[:, 0] > 0, ratio(totals[:, 1], totals[:, 0]), own)


@descriptor("1", volumes=True)
def outline_level(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness on the outline: 0 = local background, 1 = bright core, 0.5 = half way between.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.crack_intensity[segments.regions.level_channel])


@descriptor("1", volumes=True)
def outline_step(segments: Segments, channel: int = 0) -> Floats:
    """Mean change of the relative brightness between the two pixels on either side of the outline; larger is sharper.

    0 for a segment that fills the image. The relative brightness belongs to the whole image; `channel` is ignored.
    """
    return _outline_mean(segments, segments.regions.crack_jump[segments.regions.level_channel])


@descriptor("1", volumes=True)
def level_mean(segments: Segments, channel: int = 0) -> Floats:
    """Mean relative brightness: 0 = local background, 1 = bright core. `channel` is ignored."""
    regions = segments.regions
    return segments.total(regions.intensity_sum[:, regions.level_channel]) / segments.pixels
