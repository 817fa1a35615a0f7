"""Flips and quarter turns that move the image and its graph together; of volumes about z, of cubes about all axes.

Most of what moves is asked for by nobody in most steps of a training: each table is moved when it is first asked for.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from itertools import permutations
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Floats, Ints
from rlseg.graph import Sample, crack_table, span_table
from rlseg.proposals import Proposals
from rlseg.regions import RegionStatistics

Kind = TypeVar("Kind", bound=np.generic)
Place = TypeVar("Place", bound=np.number)


EVEN = 0.02
"""Of a side: voxels whose sides differ by a larger share than this are no cubes."""
_TURNS = 8
"""Of an image, or of a volume about its z axis."""
_TILTS = ((0, -2), (1, -2), (2, -2), (3, -2), (1, -1), (3, -1))
"""Quarter turns, and the axis towards which z is turned: each brings another face of a cube to the top."""


def _turn(array: npt.NDArray[Kind], quarter_turns: int, flip: bool, tilt: int = 0) -> npt.NDArray[Kind]:
    if tilt:
        array = np.rot90(array, _TILTS[tilt][0], axes=(-3, _TILTS[tilt][1]))
    turned = np.rot90(array, quarter_turns, axes=(-2, -1))
    return np.ascontiguousarray(turned[..., ::-1] if flip else turned)


def _points(
    row: npt.NDArray[Place], column: npt.NDArray[Place], shape: tuple[int, int], quarter_turns: int, flip: bool
) -> tuple[npt.NDArray[Place], npt.NDArray[Place]]:
    """Where the pixels (row, column) of an image of the given shape go."""
    height, width = shape
    for _ in range(quarter_turns % 4):
        row, column = width - 1 - column, row
        height, width = width, height
    return row, width - 1 - column if flip else column


# where r, c, rr, rc, cc and rrr, rrc, rcc, ccc stand in the products of three of (1, r, c)
_MOMENTS = ([0, 0, 0, 0, 0], [0, 0, 1, 1, 2], [1, 2, 1, 2, 2])
_THIRD = ([1, 1, 1, 2], [1, 1, 2, 2], [1, 2, 2, 2])


def _move_moments(regions: RegionStatistics, move: Floats) -> Floats:
    """`moments` of the moved image: sums of the products x_i x_j are multiplied by B from both sides."""
    products = np.empty((regions.num_nodes, 3, 3))
    flat = np.concatenate([regions.area[:, None], regions.moments], axis=1)
    for sums, (i, j) in zip(flat.T, [(0, 0), *zip(*_MOMENTS[1:], strict=True)], strict=True):
        products[:, i, j] = products[:, j, i] = sums
    moved = move @ products @ move.T
    return np.ascontiguousarray(moved[(..., *_MOMENTS[1:])])


def _move_third_moments(regions: RegionStatistics, move: Floats) -> Floats:
    """`third_moments` of the moved image: sums of the products x_i x_j x_k, by B from each of the three sides."""
    products = np.empty((regions.num_nodes, 3, 3, 3))
    flat = np.concatenate([regions.area[:, None], regions.moments, regions.third_moments], axis=1)
    columns = [(0, 0, 0), *zip(*_MOMENTS, strict=True), *zip(*_THIRD, strict=True)]
    for sums, place in zip(flat.T, columns, strict=True):
        for i, j, k in permutations(place):
            products[:, i, j, k] = sums
    moved = np.einsum("ai,bj,ck,nijk->nabc", move, move, move, products, optimize=True)
    return np.ascontiguousarray(moved[(..., *_THIRD)])


class _TurnedRegions(RegionStatistics):
    """Statistics of the turned and then mirrored image. What moves with it is made when it is asked for."""

    _before: RegionStatistics
    _turns: int
    _flip: bool
    _tilt: int

    @classmethod
    def of(cls, regions: RegionStatistics, turns: int, flip: bool, tilt: int) -> _TurnedRegions:
        """See `transform_regions`."""
        made = cls.__new__(cls)
        made.__dict__ |= {f.name: getattr(regions, f.name) for f in fields(regions) if f.name not in vars(cls)}
        made.__dict__ |= {"turnless": regions.turnless, "_still": regions.still}
        made.__dict__ |= {"_before": regions, "_turns": turns, "_flip": flip, "_tilt": tilt}
        return made

    def _points(
        self, row: npt.NDArray[Place], column: npt.NDArray[Place], shape: tuple[int, int]
    ) -> tuple[npt.NDArray[Place], npt.NDArray[Place]]:
        return _points(row, column, shape, self._turns, self._flip)

    @cached_property
    def _matrix(self) -> Floats:
        """(3, 3) B: a point x = (1, r, c) moves to B x."""
        row, column = self._points(np.array([0, 1, 0]), np.array([0, 0, 1]), self._before.shape)
        return np.array([[1.0, 0.0, 0.0]] + [[p[0], p[1] - p[0], p[2] - p[0]] for p in (row, column)])

    @cached_property
    def _span_table(self) -> tuple[Ints, Ints]:
        return span_table(self.superpixels, self.box)

    @cached_property
    def superpixels(self) -> npt.NDArray[np.int32]:
        return _turn(self._before.superpixels, self._turns, self._flip)

    @cached_property
    def pixel_size(self) -> tuple[float, ...]:
        height, width = self._before.pixel_size
        return (width, height) if self._turns % 2 else (height, width)

    @cached_property
    def box(self) -> Ints:
        box, shape = self._before.box, self._before.shape
        ends = self._points(box[:, 0], box[:, 1], shape), self._points(box[:, 2] - 1, box[:, 3] - 1, shape)
        return np.stack([*np.minimum(*ends), *np.maximum(*ends) + 1], axis=1)

    @cached_property
    def moments(self) -> Floats:
        return _move_moments(self._before, self._matrix)

    @cached_property
    def third_moments(self) -> Floats:
        return _move_third_moments(self._before, self._matrix)

    @cached_property
    def rim(self) -> Ints:
        shape = self._before.shape
        rows, columns = self._points(self._before.rim // shape[1], self._before.rim % shape[1], shape)
        return np.sort(rows * self.shape[1] + columns)

    @cached_property
    def span_start(self) -> Ints:
        return self._span_table[0]

    @cached_property
    def spans(self) -> Ints:
        return self._span_table[1]

    @cached_property
    def crack_points(self) -> npt.NDArray[np.int32]:
        before, (height, width) = self._before, self._before.shape
        row, column = before.crack_points.astype(np.int64).T
        row, column = self._points(row, column, (2 * height - 1, 2 * width - 1))
        order = np.argsort(row * 2 * self.shape[1] + column)
        edge = np.repeat(np.arange(before.num_edges), np.diff(before.crack_start))
        return crack_table(edge[order], row[order], column[order], before.num_edges)[1]

    @cached_property
    def crack_powers(self) -> Floats:
        """Those of before with rows for columns and other signs: from the middle of the image nothing else moves."""
        (rr, rc), (cr, cc) = self._matrix[1:, 1:]
        one, r, c, r2, c2, both, sr, sc, s2 = self._before.crack_powers.T
        moved = [
            rr * r + rc * c,
            cr * r + cc * c,
            r2,
            c2,
            (rr * cc + rc * cr) * both,
            rr * sr + rc * sc,
            cr * sr + cc * sc,
        ]
        if rc:
            moved[2], moved[3] = c2, r2
        return np.stack([one, *moved, s2], axis=1)


# pairs of (1, z, r, c) whose products `area` and `moments` of a volume are sums of, in their order
_PAIRS = ([i for i in range(4) for _ in range(i, 4)], [j for i in range(4) for j in range(i, 4)])


class _TurnedVolume(_TurnedRegions):
    """Statistics of a volume tilted, turned about its z axis and then mirrored left and right."""

    def _places(self, points: Ints) -> Ints:
        """(3, n) where the voxels (3, n) go."""
        place, shape = [points[0], points[1], points[2]], list(self._before.superpixels.shape)
        turns, other = _TILTS[self._tilt]
        place[0], place[other] = _points(place[0], place[other], (shape[0], shape[other]), turns, False)
        if turns % 2:
            shape[0], shape[other] = shape[other], shape[0]
        return np.stack([place[0], *self._points(place[1], place[2], (shape[1], shape[2]))])

    @cached_property
    def _matrix(self) -> Floats:
        """(4, 4) B: a point x = (1, z, r, c) moves to B x."""
        corner, *along = self._places(np.eye(3, 4, 1, dtype=np.int64)).T
        move = np.eye(4)
        move[1:, 0] = corner
        move[1:, 1:] = np.stack(along, axis=1) - corner[:, None]
        return move

    def _sides(self, of_axes: tuple[float, ...]) -> tuple[float, ...]:
        """What belongs to each axis goes where that goes."""
        return tuple(of_axes[int(np.flatnonzero(row)[0])] for row in self._matrix[1:, 1:])

    @cached_property
    def superpixels(self) -> npt.NDArray[np.int32]:
        return _turn(self._before.superpixels, self._turns, self._flip, self._tilt)

    @cached_property
    def pixel_size(self) -> tuple[float, ...]:
        return self._sides(self._before.pixel_size)

    @cached_property
    def spacing(self) -> tuple[float, ...]:
        return self._sides(self._before.spacing)

    @cached_property
    def box(self) -> Ints:
        first, last = self._before.box[:, :3].T, self._before.box[:, 3:].T - 1
        ends = self._places(first), self._places(last)
        return np.ascontiguousarray(np.concatenate([np.minimum(*ends), np.maximum(*ends) + 1]).T)

    @cached_property
    def moments(self) -> Floats:
        before = self._before
        products = np.empty((before.num_nodes, 4, 4))
        flat = np.concatenate([before.area[:, None], before.moments], axis=1)
        products[:, _PAIRS[0], _PAIRS[1]] = products[:, _PAIRS[1], _PAIRS[0]] = flat
        moved = self._matrix @ products @ self._matrix.T
        return np.ascontiguousarray(moved[:, _PAIRS[0][1:], _PAIRS[1][1:]])


def symmetries(regions: RegionStatistics) -> int:
    """In how many ways an image, or a volume, can be turned and mirrored: 8, or 48 where voxels are cubes."""
    if not regions.is_volume or abs(regions.spacing[0] - 1) > EVEN:
        return _TURNS
    return len(_TILTS) * _TURNS


def transform_regions(regions: RegionStatistics, quarter_turns: int, flip: bool, tilt: int = 0) -> RegionStatistics:
    """The statistics of the turned and then mirrored image, from the tables alone. Ids of superpixels and edges stay.

    Args:
        regions: of an (H, W) image, or of a (Z, H, W) volume, which is turned about its z axis.
        quarter_turns: counter-clockwise, any integer.
        flip: mirror left and right afterwards.
        tilt: of a volume whose voxels are cubes, which of its six faces is turned to the top before; 0: it stays.
    """
    turned = _TurnedVolume if regions.is_volume else _TurnedRegions
    return turned.of(regions, quarter_turns % 4, flip, tilt)


class _TurnedSample(Sample):
    """A sample of the turned and then mirrored image. What moves with it is made when it is asked for."""

    _before: Sample
    _turns: int
    _flip: bool
    _tilt: int

    @classmethod
    def of(cls, sample: Sample, turns: int, flip: bool, tilt: int) -> _TurnedSample:
        """See `transform_sample`."""
        made = cls.__new__(cls)
        made.__dict__ |= {f.name: getattr(sample, f.name) for f in fields(sample) if f.name not in vars(cls)}
        made.__dict__ |= {"regions": transform_regions(sample.regions, turns, flip, tilt)}
        made.__dict__ |= {"_before": sample, "_turns": turns, "_flip": flip, "_tilt": tilt}
        return made

    def _turned(self, array: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
        return _turn(array, self._turns, self._flip, self._tilt)

    @cached_property
    def image(self) -> npt.NDArray[np.float32]:
        return self._turned(self._before.image)

    @cached_property
    def derived(self) -> npt.NDArray[np.float32]:
        return self._turned(self._before.derived)

    @cached_property
    def level(self) -> npt.NDArray[np.float32]:
        return self._turned(self._before.level)

    @cached_property
    def above(self) -> npt.NDArray[np.float32]:
        return self._turned(self._before.above)

    @cached_property
    def below(self) -> npt.NDArray[np.float32]:
        return self._turned(self._before.below)

    @cached_property
    def truth(self) -> npt.NDArray[np.int32] | None:
        known = self._before.truth
        return None if known is None else self._turned(known)

    @cached_property
    def proposed_to(self) -> tuple[npt.NDArray[np.int32], Proposals] | None:
        known = self._before.proposed_to
        return None if known is None else (self._turned(known[0]), known[1])


def transform_sample(sample: Sample, quarter_turns: int, flip: bool, tilt: int = 0) -> Sample:
    """A sample of the turned and then mirrored image: what measuring the moved image, maps and superpixels gives.

    The hand-crafted features do not change, for they do not know directions or places (those relative to a ring are
    the ones of the ring moved along). Preparing the moved image anew
    differs a little (relative brightness: .001 on average), because its local background is sampled every fourth pixel.
    The arguments are those of `transform_regions`.
    """
    turns = quarter_turns % 4
    return _TurnedSample.of(sample, turns, flip, tilt) if turns or flip or tilt else sample


def drawn_move(sample: Sample, rng: np.random.Generator) -> Sample:
    """A sample turned and mirrored in one of its `symmetries`, each as likely."""
    draw = int(rng.integers(symmetries(sample.regions)))
    return transform_sample(sample, draw % 4, draw // 4 % 2 == 1, draw // _TURNS)
