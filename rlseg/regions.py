"""What is additive over superpixels: measured once per image, summed once per partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from rlseg.arrays import AnyLabels, Floats, Ints, np
from rlseg.proposals import Proposals

if TYPE_CHECKING:
    import numpy.typing as npt


# How far the surroundings of an object reach from its outline, in px.
SURROUNDINGS = 3
# Voxels that are measured at a time: what is known of each while that is done takes many times its memory.
SLAB = 2**22
# Of a frame of a film: where `of_image` keeps what the frames before and after hold.
NEIGHBOURS = "neighbours"


@dataclass(frozen=True)
class RegionStatistics:
    """Tables of N superpixels and the E edges between them; every object descriptor follows from sums over them.

    Coordinates are (row, column) in pixels, intensities are those of the image given to `measure_regions`.
    A crack is a pair of 4-neighbouring pixels that lie in different superpixels.

    The C channels are those of the image, then maps derived from it, such as the relative brightness.

    Of a volume (Z, H, W) coordinates are (plane, row, column), and cracks are the faces between two voxels, which count
    with their area in px^2: that of a face between planes is 1. What has no form in three dimensions is empty:
    `third_moments`, `spans`, `rim` and `crack_points`.

    Attributes:
        superpixels: (H, W) int32, ids 0..N-1.
        edge_index: (2, E) int64, u < v, sorted, each pair of touching superpixels once.
        area: (N,) pixels.
        moments: (N, 5) sums over the pixels of r, c, r*r, r*c, c*c; of a volume (N, 9) of z, r, c, zz, zr, zc, rr, rc,
            cc.
        third_moments: (N, 4) sums over the pixels of r*r*r, r*r*c, r*c*c, c*c*c.
        box: (N, 4) int64: first row, first column, last row + 1, last column + 1; of a volume (N, 6), planes first.
        intensity_sum, intensity_square, intensity_min, intensity_max: (N, C).
        border: (N,) number of pixel sides on the image border.
        span_start: (N + 1,) int64; the spans of superpixel n are span_start[n]:span_start[n + 1].
        spans: (S, 3) int64: row, first column, last column of a superpixel in that row.
        rim: (P,) int64 flat indices of the pixels that could lie on an object's outline: those with a
            4-neighbour in another superpixel and those on the image border.
        edge_length: (E,) number of cracks.
        edge_intensity: (E, C) sum over the cracks of the mean of both pixels.
        edge_jump: (E, C) sum over the cracks of the absolute difference of both pixels.
        edge_beyond: (2, E, C) sum over the cracks of the mean of the up to SURROUNDINGS pixels beyond it, straight away
            from it: on the side of v, as seen from u; then on that of u.
        crack_start: (E + 1,) int64; the cracks of edge e are crack_start[e]:crack_start[e + 1].
        crack_points: (P, 2) int32, twice the row and column of the cracks' midpoints, each edge's in ascending order.
            Pixel sides on the image border are no cracks.
        scale, offset: (C,) raw intensity = scale * intensity + offset.
        pixel_size: height and width of a pixel in um, 0 if not known; of a volume the distance of planes first.
        spacing: sides of a pixel in px: (1, 1), and of a volume how far planes are apart first.
        level_channel: the channel that holds the relative brightness (0 = local background, 1 = bright core of the
            object); 0 where the image has no such map.
        proposals: what several ways of looking propose, as the regions see it; None if nobody looked.
        derived: names of the channels after the relative brightness, which are made from those of the image.
        zoom: pixels along the side of a working pixel, see `rlseg.data.looking.Zoom`: how much larger the objects are
            than those that features of sizes are made for.
    """

    superpixels: npt.NDArray[np.int32]
    edge_index: Ints
    area: Floats
    moments: Floats
    third_moments: Floats
    box: Ints
    intensity_sum: Floats
    intensity_square: Floats
    intensity_min: Floats
    intensity_max: Floats
    border: Floats
    span_start: Ints
    spans: Ints
    rim: Ints
    edge_length: Floats
    edge_intensity: Floats
    edge_jump: Floats
    edge_beyond: Floats
    crack_start: Ints
    crack_points: npt.NDArray[np.int32]
    scale: Floats
    offset: Floats
    level_channel: int = 0
    pixel_size: tuple[float, ...] = (0.0, 0.0)
    spacing: tuple[float, ...] = (1.0, 1.0)
    proposals: Proposals | None = None
    zoom: float = 1.0
    derived: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels; of a volume those of its planes."""
        return self.superpixels.shape[-2], self.superpixels.shape[-1]

    @property
    def is_volume(self) -> bool:
        """Whether it is a volume."""
        return self.superpixels.ndim == 3

    @property
    def size_of_pixel(self) -> float:
        """Area of a pixel in px^2: 1; of a volume that of a voxel in px^3."""
        return float(np.prod(self.spacing))

    @property
    def num_nodes(self) -> int:
        """N, the number of superpixels."""
        return len(self.area)

    @property
    def num_edges(self) -> int:
        """E, the number of edges."""
        return self.edge_index.shape[1]

    @cached_property
    def turnless(self) -> dict[str, Any]:
        """Tables that do not change when the image is turned or mirrored, by name; measured once for all copies."""
        return {}

    def _once(self, name: str, measure: Callable[[], Any]) -> Any:
        if name not in self.turnless:
            self.turnless[name] = measure()
        return self.turnless[name]

    @property
    def still(self) -> RegionStatistics:
        """Those of the image as it was measured, of which this is a turned or mirrored copy; itself if it is none.

        What no turn changes is measured on them, for their tables need not be turned and are kept from step to step.
        """
        return self.__dict__.get("_still", self)

    @cached_property
    def framed(self) -> npt.NDArray[np.int32]:
        """((H + 2) * (W + 2),) int32: the superpixels in a frame of N, so that every pixel has all its neighbours."""
        framed = np.full((self.shape[0] + 2, self.shape[1] + 2), self.num_nodes, np.int32)
        framed[1:-1, 1:-1] = self.superpixels
        return framed.ravel()

    @cached_property
    def framed_rim(self) -> Ints:
        """(P,) int64, `rim` as indices into `framed`."""
        width = self.shape[1]
        return (self.rim // width + 1) * (width + 2) + self.rim % width + 1

    @cached_property
    def rim_of_nodes(self) -> tuple[Ints, Ints]:
        """(N + 1,) where those of each superpixel begin, and (P,) `framed_rim` superpixel by superpixel."""
        owner = self.framed[self.framed_rim]
        start = np.append(0, np.cumsum(np.bincount(owner, minlength=self.num_nodes)))
        return start, self.framed_rim[np.argsort(owner, kind="stable")]

    @cached_property
    def framed_quads(self) -> Ints:
        """(Q,) int64: the 2 x 2 pixels of the framed image that are not all of one superpixel.

        Each by the index of its lower right pixel in `framed`; all corners of all outlines are among them.
        """
        height, width = self.shape
        image = self.framed.reshape(height + 2, width + 2)
        corner = image[1:, 1:]
        mixed = (corner != image[:-1, 1:]) | (corner != image[1:, :-1]) | (corner != image[:-1, :-1])
        rows, columns = np.nonzero(mixed)
        return (rows + 1) * (width + 2) + columns + 1

    @cached_property
    def border_lines(self) -> Floats:
        """(N, 8) pixels at the top, bottom, left and right of the image, then sums of their columns or rows there."""
        image = self.superpixels
        lines = image[0], image[-1], image[:, 0], image[:, -1]
        counted = [np.bincount(line, minlength=self.num_nodes) for line in lines]
        places = [np.bincount(line, np.arange(len(line)), self.num_nodes) for line in lines]
        return np.stack([*counted, *places], axis=1).astype(np.float64)

    @cached_property
    def crack_boxes(self) -> npt.NDArray[np.int32]:
        """(E, 4) smallest row and column, then largest row and column, of each edge's `crack_points`."""
        if not self.num_edges:
            return np.empty((0, 4), np.int32)
        low = np.minimum.reduceat(self.crack_points, self.crack_start[:-1])
        high = np.maximum.reduceat(self.crack_points, self.crack_start[:-1])
        return np.concatenate([low, high], axis=1)

    @cached_property
    def crack_means(self) -> Floats:
        """(E, 2) mean row and column of each edge's cracks, in pixels."""
        if not self.num_edges:
            return np.empty((0, 2))
        sums = np.add.reduceat(self.crack_points.astype(np.float64), self.crack_start[:-1])
        return sums / 2 / self.edge_length[:, None]

    @cached_property
    def crack_powers(self) -> Floats:
        """(E, 9) sums over each edge's cracks of 1, r, c, r*r, c*c, r*c, s*r, s*c, s*s, where s = r*r + c*c.

        r and c are those of the crack's midpoint, in pixels, from the middle of the image.
        """
        if not self.num_edges:
            return np.empty((0, 9))
        r, c = ((self.crack_points - np.array(self.shape) + 1) / 2).T
        s = r * r + c * c
        powers = np.stack([np.ones_like(s), r, c, r * r, c * c, r * c, s * r, s * c, s * s], axis=1)
        return np.add.reduceat(powers, self.crack_start[:-1])

    # Per channel, ready to be summed over the cut edges: the number of cracks and a sum over them. They are the same
    # for all partitions of the image, and putting them together would cost more than summing them.
    @property
    def crack_intensity(self) -> Floats:
        """(C, E, 2) number of cracks and `edge_intensity`."""
        return self._once("crack_intensity", lambda: self._with_length(self.edge_intensity))

    @property
    def crack_jump(self) -> Floats:
        """(C, E, 2) number of cracks and `edge_jump`."""
        return self._once("crack_jump", lambda: self._with_length(self.edge_jump))

    @property
    def beyond_intensity(self) -> tuple[Floats, Floats]:
        """Twice (C, E, 2), number of cracks and `edge_beyond`: on the side of v, seen from u; then on that of u."""
        of_both = self.edge_beyond
        return self._once("beyond_intensity", lambda: tuple(self._with_length(side) for side in of_both))

    def _with_length(self, sums: Floats) -> Floats:
        length = np.broadcast_to(self.edge_length[:, None], sums.shape)
        return np.ascontiguousarray(np.stack([length, sums], axis=2).transpose(1, 0, 2), dtype=np.float64)

    def pixels_of_zone(self, row: float, column: float, radius: float, outside: bool) -> Floats:
        """(N,) number of pixels of each superpixel in a zone around a point. Counted once for each zone, then kept.

        Args:
            row, column: the point; (0, 0) is the centre of the first pixel.
            radius: in pixels.
            outside: True for pixel centres strictly farther than the radius, False for those strictly nearer.
        """
        zone = (row, column, radius, outside)
        if zone not in self._zones:
            rows, columns = np.arange(self.shape[0])[:, None] - row, np.arange(self.shape[1]) - column
            square = rows**2 + columns**2
            inside = square > radius**2 if outside else square < radius**2
            self._zones[zone] = np.bincount(self.superpixels[inside], minlength=self.num_nodes).astype(np.float64)
        return self._zones[zone]

    @cached_property
    def _zones(self) -> dict[tuple[float, float, float, bool], Floats]:
        return {}

    @property
    def of_superpixels(self) -> dict[str, Floats]:
        """(N,) or (N, D) quantities of each superpixel as a segment of its own, by name.

        Filled by those who measure them. They must be the same, bit for bit, in the turned and the mirrored image.
        """
        return self._once("of_superpixels", dict)

    @property
    def of_image(self) -> dict[Any, Any]:
        """What those who judge the image keep of it; the same for the turned and the mirrored image."""
        return self._once("of_image", dict)


def slabs(shape: Sequence[int]) -> list[slice]:
    """The planes of a volume (Z, H, W), as many at a time as are `SLAB` voxels, at least one."""
    planes = max(SLAB // max(prod(shape[1:]), 1), 1)
    return [slice(top, min(top + planes, shape[0])) for top in range(0, shape[0], planes)]


def of_pixels(values: Ints | npt.NDArray[np.int32], ids: AnyLabels) -> npt.NDArray[np.int32]:
    """(H, W) int32: the value (N,) of each pixel's id (H, W), row by row, for numpy makes 64-bit copies of indices."""
    result = np.empty(ids.shape, np.int32)
    for line, of_line in zip(result, ids, strict=True):
        line[:] = values[of_line]
    return result


def numbered(ids: AnyLabels) -> tuple[Ints, Ints]:
    """Which ids occur, and which of them each pixel has: as `np.unique` with the inverse, but counted, not sorted.

    Args:
        ids: (H, W) >= 0, within a range of about as many numbers as pixels; at least one.

    Returns:
        (n,) ids that occur, ascending, and (H, W) places among them; int64.
    """
    low = int(ids.min())
    occurs = np.zeros(int(ids.max()) - low + 1, np.bool_)
    shifted = ids.astype(np.int64) - low
    occurs[shifted.ravel()] = True
    place = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs) + low, place[shifted]


def majority(superpixels: AnyLabels, labels: AnyLabels) -> Ints:
    """The label that most pixels of each superpixel have; of equally frequent ones the smallest.

    Args:
        superpixels: (H, W) ids from 0.
        labels: (H, W), of any size and in any order.

    Returns:
        (N,) int64 values of labels, N being the largest id + 1; 0 for an id that does not occur.
    """
    names, number = np.unique(labels, return_inverse=True)
    ids, count = superpixels.ravel().astype(np.int64), len(names)
    pairs, pixels = np.unique(ids * count + number.ravel(), return_counts=True)
    node, name = pairs // count, pairs % count
    order = np.lexsort((name, -pixels, node))
    present, first = np.unique(node[order], return_index=True)
    result = np.zeros(int(ids.max(initial=-1)) + 1, np.int64)
    result[present] = names[name[order[first]]]
    return result
