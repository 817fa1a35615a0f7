"""The predicted objects of K partitions of one image, measured on demand and without touching pixels again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from rlseg.arrays import Bools, Floats, Ints, np
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure import accumulate, hull, moments, outline
from rlseg.rewards.measure.catalogue import DESCRIPTORS, VOLUME_DESCRIPTORS
from rlseg.rewards.measure.circles import Circles, count_touched, find_circles
from rlseg.rewards.measure.continued import Continued
from rlseg.rewards.measure.contour import contour_spread
from rlseg.rewards.measure.hough import hough_circles
from rlseg.rewards.measure.surface import contact_table

if TYPE_CHECKING:
    import numpy.typing as npt


class Segments:
    """All M segments of K partitions, in one table.

    Args:
        regions: statistics of the N superpixels and E edges of the image.
        labels: (K, N) int, the segment of each superpixel; in each row any integers (relabelled here).
        plain: measure every segment, also those that a table of single superpixels knows.

    Attributes:
        labels: (K, N) int64 segment ids 0..M-1; those of partition k are offsets[k]..offsets[k + 1] - 1.
        offsets: (K + 1,) int64.
        cut: (K, E) bool, True where the two ends of an edge lie in different segments.
    """

    def __init__(self, regions: RegionStatistics, labels: npt.NDArray[np.integer], plain: bool = False) -> None:
        if labels.ndim != 2 or labels.shape[1] != regions.num_nodes:
            raise ValueError(f"labels must have shape (K, {regions.num_nodes}), got {labels.shape}")
        self.regions = regions
        self.labels, self.offsets = accumulate.number_segments(_small_ids(labels))
        u, v = regions.edge_index
        self.cut: Bools = self.labels[:, u] != self.labels[:, v]
        self._plain = plain
        self._cache: dict[tuple[str, int], Floats] = {}
        self._circles: dict[tuple[float, float], Circles] = {}
        self._voted: dict[tuple[float, float], Circles] = {}

    @property
    def count(self) -> int:
        """M, the number of segments in all partitions together."""
        return int(self.offsets[-1])

    @cached_property
    def partition(self) -> Ints:
        """(M,) the partition 0..K-1 each segment belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    @cached_property
    def boxes(self) -> Ints:
        """(M, 4) first row, first column, last row + 1, last column + 1 of each segment; (M, 6) in a volume."""
        return accumulate.box_nodes(self.labels, self.count, self.regions.box)

    def total(self, node_values: Floats) -> Floats:
        """Sum of a superpixel quantity over each segment. node_values: (N,) or (N, D); returns (M,) or (M, D)."""
        values = node_values.reshape(len(node_values), -1)
        summed = accumulate.sum_nodes(self.labels, self.count, np.ascontiguousarray(values, dtype=np.float64))
        return summed.reshape((self.count, *node_values.shape[1:]))

    @cached_property
    def pixels(self) -> Floats:
        """(M,) number of pixels, or of voxels."""
        return self.total(self.regions.area)

    @cached_property
    def coordinate_sums(self) -> Floats:
        """(M, 5) sums over the pixels of r, c, r*r, r*c, c*c; (M, 9) in a volume, see `RegionStatistics.moments`."""
        return self.total(self.regions.moments)

    @cached_property
    def centroid(self) -> Floats:
        """(M, 2) mean row and column of the pixel centres; (0, 0) is the centre of the image's first pixel.

        In a volume (M, 3) mean plane, row and column.
        """
        return self.coordinate_sums[:, : self.regions.superpixels.ndim] / self.pixels[:, None]

    @cached_property
    def covariance(self) -> Floats:
        """(M, 3) variance of the row, covariance of row and column, variance of the column, in px^2."""
        return moments.covariances(self.descriptor("area"), self.coordinate_sums)

    @cached_property
    def axis_variances(self) -> Floats:
        """(M, 3) eigenvalues of the covariance of the voxels' places in a volume, the largest first, in px^2."""
        return moments.axis_variances(self.pixels, self.coordinate_sums, self.regions.spacing)

    @cached_property
    def surface(self) -> Floats:
        """(M,) surface area in a volume in px^2, see `rlseg.rewards.measure.surface`."""
        pairs, between, border = contact_table(self.regions)
        weight = between[:, None]
        inner = accumulate.sum_cut_edges(self.labels, self.count, pairs, weight, weight)[:, 0]
        return inner + self.total(border)

    @cached_property
    def variances(self) -> tuple[Floats, Floats]:
        """Larger and smaller eigenvalue of the covariance of the pixel coordinates, (M,) each, in px^2."""
        return moments.principal_variances(self.covariance)

    @cached_property
    def continued(self) -> Continued:
        """Those at the border of the image, each as it could go on beyond it."""
        return Continued(self)

    @cached_property
    def central_moments(self) -> Floats:
        """(M, 7) sums over the pixels of rr, rc, cc, rrr, rrc, rcc, ccc, with r and c from the centroid, in px."""
        third = self.total(self.regions.third_moments)
        return moments.central_moments(self.descriptor("area"), self.coordinate_sums, third)

    @cached_property
    def _lone(self) -> Ints:
        """(M,) the superpixel that a segment consists of, -1 for segments of several."""
        return accumulate.lone_nodes(self.labels, self.count)

    @cached_property
    def _first(self) -> Ints:
        """(M,) the first segment of the same superpixels."""
        if len(self.labels) == 1:  # all are different
            return np.arange(self.count)
        return accumulate.first_alike(self.labels, self.count)

    @cached_property
    def joined(self) -> tuple[Ints, Ints]:
        """The segments that `measure_joined` asks for: (K, N) their number 0..J-1, -1 elsewhere, and (J,) their ids."""
        every = np.arange(self.count)
        ids = every if self._plain else np.flatnonzero((self._lone < 0) & (self._first == every))
        number = np.full(self.count, -1)
        number[ids] = np.arange(len(ids))
        return number[self.labels], ids

    def measure_joined(self, measure: Callable[[Segments], Floats], name: str = "") -> Floats:
        """A quantity that takes long to measure, of each segment of several superpixels once.

        Most segments of a noisy policy are single superpixels: those are measured once an image, and kept with its
        regions. Most of the others lie in several partitions.

        Args:
            measure: a function of this package; gives (J,) or (J, D) values of the J segments of `joined`. It must not
                change, bit for bit, when the image is turned or mirrored, so that it may ask `regions.still`.
            name: under which those of superpixels are kept; that of the function if not given.

        Returns:
            (M,) or (M, D).
        """
        measured = measure(self)
        if self._plain:
            return measured
        kept, name = self.regions.of_superpixels, name or measure.__name__
        if name not in kept:
            kept[name] = measure(Segments(self.regions, np.arange(self.regions.num_nodes)[None], plain=True))
        values = kept[name][self._lone]
        values[self.joined[1]] = measured
        return values[self._first]

    @cached_property
    def hull_rows(self) -> tuple[Ints, Ints, Ints]:
        """The convex hull images of the segments of `joined`, see `rlseg.rewards.measure.hull.hull_rows`."""
        labels, ids = self.joined
        still = self.regions.still
        return hull.hull_rows(labels, accumulate.box_nodes(labels, len(ids), still.box), still.span_start, still.spans)

    @cached_property
    def contour_spread(self) -> tuple[Floats, Floats]:
        """(M,) mean and standard deviation of the distances on the outline, see `measure.contour.contour_spread`."""
        regions = self.regions
        mean, deviation = contour_spread(
            self.labels, self.count, regions.edge_index, regions.crack_start, regions.crack_points
        ).T
        return mean, deviation

    @cached_property
    def quad_counts(self) -> Ints:
        """(M, 16) patterns of 2 x 2 pixels along the outlines, see `rlseg.rewards.measure.outline.quad_counts`."""
        regions = self.regions
        width = regions.shape[1] + 2
        return outline.quad_counts(self.labels, self.count, regions.framed, regions.framed_quads, width)

    def circles(self, low: float, high: float) -> Circles:
        """The best circle of every segment with a radius in [low, high] px, see `rlseg.rewards.measure.circles`."""
        if (low, high) not in self._circles:
            area = self.descriptor("area")
            self._circles[low, high] = find_circles(self.regions, self.labels, area, self.centroid, low, high)
        return self._circles[low, high]

    def hough_circles(self, low: float, high: float) -> Circles:
        """The circle that most of every segment's outline votes for, see `rlseg.rewards.measure.hough`.

        Rows and columns are those of the image as it was measured, see `RegionStatistics.still`.

        Args:
            low, high: radii in pixels.
        """

        def measure(segments: Segments) -> Floats:
            labels, ids = segments.joined
            return hough_circles(segments.regions.still, labels, segments.descriptor("area")[ids], low, high)

        if (low, high) not in self._voted:
            self._voted[low, high] = Circles(*self.measure_joined(measure, f"hough {low} {high}").T)
        return self._voted[low, high]

    def touched_by(self, circles: Floats, counted: Bools, still: bool = False) -> Ints:
        """(M,) number of segments that reach into the circle of each, see `measure.circles.count_touched`.

        Args:
            circles: (M, 3) row, column and radius; radius 0 for none.
            counted: (M,) which segments count.
            still: the circles lie in the image as it was measured.
        """
        regions = self.regions.still if still else self.regions
        return count_touched(
            self.labels, regions.edge_index, regions.crack_start, regions.crack_points, regions.crack_boxes,
            counted, self.partition, circles,
        )  # fmt: skip

    def descriptor(self, name: str, channel: int = 0) -> Floats:
        """One descriptor of every segment, as `skimage.measure.regionprops` defines it on the union mask.

        Args:
            name: one of DESCRIPTORS, in a volume of VOLUME_DESCRIPTORS.
            channel: image channel of the intensity descriptors; ignored by the others.

        Returns:
            (M,) finite floats.

        Raises:
            KeyError: the name is not among them.
        """
        key = (name, channel)
        if key not in self._cache:
            known = VOLUME_DESCRIPTORS if self.regions.is_volume else DESCRIPTORS
            self._cache[key] = known[name].compute(self, channel)
        return self._cache[key]


def _small_ids(labels: npt.NDArray[np.integer]) -> Ints:
    """Labels as contiguous int64 in 0..N-1 in each row, which the numba loops rely on."""
    ids: Ints = np.ascontiguousarray(labels, dtype=np.int64)
    if ids.size and (ids.min() < 0 or ids.max() >= ids.shape[1]):
        ids = np.stack([np.unique(row, return_inverse=True)[1] for row in ids])
    return ids
