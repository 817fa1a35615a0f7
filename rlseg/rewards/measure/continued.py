"""Segments at the border of the image as they could go on beyond it."""

from __future__ import annotations

from functools import cached_property
from math import pi
from typing import TYPE_CHECKING

from rlseg.arrays import Floats, np
from rlseg.jit import compiled
from rlseg.rewards.measure.accumulate import sum_nodes
from rlseg.rewards.measure.catalogue import DESCRIPTORS
from rlseg.rewards.measure.moments import covariances, principal_variances

if TYPE_CHECKING:
    from rlseg.rewards.measure.segments import Segments

# what follows from the variances and from these by the formula of any other segment
_DERIVED = (
    "axis_major_length",
    "axis_minor_length",
    "box_length",
    "box_width",
    "circularity",
    "eccentricity",
    "ellipse_fill",
    "equivalent_diameter_area",
)
_LENGTHS = ("perimeter", "perimeter_crofton")
CONTINUED = frozenset({"area", *_DERIVED, *_LENGTHS})
"""The descriptors that differ; all others are about what is seen."""


@compiled
def _add_half_discs(area: Floats, sums: Floats, lines: Floats, height: int, width: int) -> None:
    """Add half a disc on each line of J segments to their areas (J,) and their sums (J, 5) over pixels, in place.

    lines: (J, 8), see `RegionStatistics.border_lines`; height, width: of the image.
    """
    for j in range(len(area)):
        for side in range(4):
            length = lines[j, side]
            if length == 0:
                continue
            half = pi * length**2 / 8
            # the centroid lies this far beyond the border
            out = 2 * length / (3 * pi)
            # about the centroid, less the 1/12 that a pixel does not have as a point
            along = half * (length**2 / 16 - 1 / 12)
            across = along - half * out**2
            r = c = lines[j, 4 + side] / length
            if side < 2:
                r = -0.5 - out if side == 0 else height - 0.5 + out
                rr, cc = across, along
            else:
                c = -0.5 - out if side == 2 else width - 0.5 + out
                rr, cc = along, across
            area[j] += half
            sums[j, 0] += half * r
            sums[j, 1] += half * c
            sums[j, 2] += half * r * r + rr
            sums[j, 3] += half * r * c
            sums[j, 4] += half * c * c + cc


class Continued:
    """The segments at the border of the image, each with half a disc on every line where the border cuts it.

    Nobody knows how an object goes on. Half a disc over the whole line is what a round one does that is cut through its
    middle. It is more than what is hidden of one that only touches the border, and less than what is hidden of one of
    which little is seen: a sliver does not become an object.

    Args:
        segments: as they are seen.

    Attributes:
        ids: (J,) the segments that touch the border, ascending.
    """

    def __init__(self, segments: Segments) -> None:
        regions = segments.regions
        at_border = np.flatnonzero(regions.border)
        lines = sum_nodes(segments.labels[:, at_border], segments.count, regions.border_lines[at_border])
        self.ids = np.flatnonzero(lines[:, 0] + lines[:, 1] + lines[:, 2] + lines[:, 3])
        self._lines = lines[self.ids]
        self._segments = segments
        self._area = segments.descriptor("area")[self.ids]
        self._sums = segments.coordinate_sums[self.ids]
        _add_half_discs(self._area, self._sums, self._lines, *regions.shape)
        self._cache: dict[str, Floats] = {}

    @cached_property
    def variances(self) -> tuple[Floats, Floats]:
        """Larger and smaller eigenvalue of the covariance of the coordinates, (J,) each, in px^2."""
        return principal_variances(covariances(self._area, self._sums))

    def descriptor(self, name: str) -> Floats:
        """One descriptor of the segments at the border.

        Args:
            name: one of CONTINUED.

        Returns:
            (J,) finite floats, in the order of `ids`.

        Raises:
            KeyError: the name is not in CONTINUED.
        """
        if name not in self._cache:
            self._cache[name] = self._measured(name)
        return self._cache[name]

    def _measured(self, name: str) -> Floats:
        if name == "area":
            return self._area
        if name in _LENGTHS:
            return self._segments.descriptor(name)[self.ids] + (pi / 2 - 1) * self._lines[:, :4].sum(axis=1)
        if name not in _DERIVED:
            raise KeyError(name)
        return DESCRIPTORS[name].compute(self, 0)
