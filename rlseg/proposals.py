"""Segments that several ways of looking at an image propose, as seen by its regions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod

from rlseg.arrays import AnyLabels, Floats, Ints, np

# pixels that are compared at once
_BLOCK = 2**20
# what regions know of segments that is carried to others at once
_ENTRIES = 2**20


@dataclass(frozen=True)
class Proposals:
    """V segmentations of one image, made without knowing what is wanted, and how N regions lie in their G segments.

    Attributes:
        views: V, the segmentations. In each of them segments do not overlap, and some of the image is in none.
        start: (N + 1,) int64; what is known of region n stands at start[n]:start[n + 1].
        index: (P,) int64, a segment 0..G-1 that shares pixels with the region.
        pixels: (P,) how many.
        area: (G,) pixels of each segment.
        view: (G,) int64, the segmentation 0..V-1 it is from.
    """

    views: int
    start: Ints
    index: Ints
    pixels: Floats
    area: Floats
    view: Ints

    @classmethod
    def of_regions(cls, labels: AnyLabels, area: Floats) -> Proposals:
        """Of regions that lie wholly in one segment of each view or in none.

        Args:
            labels: (V, N) int, any numbers > 0 for the segments of a view, 0 in none.
            area: (N,) pixels.
        """
        table: AnyLabels = np.full(labels.shape, -1, labels.dtype)
        counts: list[int] = []
        for row, of_view in zip(table, labels, strict=True):  # of a large volume all views at once would be gigabytes
            inside = of_view > 0
            names, number = np.unique(of_view[inside], return_inverse=True)
            row[inside] = sum(counts) + number
            counts.append(len(names))
        held = table.T >= 0
        start = np.append(0, np.cumsum(held.sum(axis=1)))
        index = table.T[held].astype(np.int64, copy=False)
        del table, held
        pixels = np.repeat(area, np.diff(start)).astype(np.float64, copy=False)
        return cls(
            views=len(labels),
            start=start,
            index=index,
            pixels=pixels,
            area=np.bincount(index, pixels, minlength=sum(counts)).astype(np.float64),
            view=np.repeat(np.arange(len(counts)), np.array(counts, np.int64)),
        )

    @property
    def count(self) -> int:
        """G, the segments of all views."""
        return len(self.area)

    @cached_property
    def _region(self) -> Ints:
        """(P,) the region that `index` and `pixels` are about."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def labels(self, area: Floats) -> Ints:
        """(V, N) int64, the segment 0..G-1 of each view that more than half of a region lies in, -1 if none.

        Args:
            area: (N,) pixels of the regions.
        """
        table = np.full((self.views, len(self.start) - 1), -1, np.int64)
        most = 2 * self.pixels > area[self._region]
        table[self.view[self.index[most]], self._region[most]] = self.index[most]
        return table

    def of_parts(self, parts: AnyLabels, ids: AnyLabels, count: int) -> Proposals:
        """The same segments as seen by other regions of the image.

        A pixel counts for the segment that its old region lies in, by shares if it lies in several.

        Args:
            parts: (H, W) the regions 0..N-1 that the proposals are known of.
            ids: (H, W) the other regions, 0..M-1.
            count: M.
        """
        regions = len(self.start) - 1
        keys, shared = _common_pixels(ids, parts, regions)
        size = np.bincount(keys % regions, shared, minlength=regions)
        return self._carried(keys // regions, keys % regions, shared, size[keys % regions], count)

    def of_groups(self, owner: Ints, count: int) -> Proposals:
        """The same segments as seen by groups of the regions. owner: (N,) the group 0..M-1 of each; count: M."""
        regions, all_ = np.arange(len(owner)), np.ones(len(owner))
        return self._carried(owner, regions, all_, all_, count)

    def _carried(self, new: Ints, old: Ints, shared: Floats | Ints, whole: Floats | Ints, count: int) -> Proposals:
        """Region `new` holds `shared` of the `whole` of region `old`, pair by pair."""
        found, pixels = [np.empty(0, np.int64)], [np.empty(0)]
        length = np.diff(self.start)[old]
        for some in _by_groups(new, length):
            of_some, first = length[some], self.start[old[some]]
            pair = np.repeat(some, of_some)
            place = np.arange(len(pair)) + np.repeat(first - np.cumsum(of_some) + of_some, of_some)
            keys, where = np.unique(new[pair] * max(self.count, 1) + self.index[place], return_inverse=True)
            # in this order all of a region is all that it holds, without rounding
            held = shared[pair] * self.pixels[place] / whole[pair]
            found.append(keys)
            pixels.append(np.bincount(where, held, minlength=len(keys)).astype(np.float64))
        keys = np.concatenate(found)
        return Proposals(
            views=self.views,
            start=np.searchsorted(keys // max(self.count, 1), np.arange(count + 1)),
            index=keys % max(self.count, 1),
            pixels=np.concatenate(pixels),
            area=self.area,
            view=self.view,
        )


def _by_groups(new: Ints, length: Ints) -> Iterator[Ints]:
    """Which pairs are looked at together: all, or all of some of the numbers in `new`, which ascend from part to part.

    length: how many entries there are of each pair.
    """
    if length.sum() <= _ENTRIES:
        yield np.arange(len(new))
        return
    order = np.argsort(new, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(new[order])) + 1, len(new))  # behind the last pair of each number
    entries = np.cumsum(length[order])[ends - 1]
    first = done = 0
    while done < len(ends):
        before = entries[done - 1] if done else 0
        done = max(int(np.searchsorted(entries, before + _ENTRIES, side="right")), done + 1)
        yield order[first : ends[done - 1]]
        first = ends[done - 1]


def _common_pixels(one: AnyLabels, other: AnyLabels, width: int) -> tuple[Ints, Ints]:
    """The numbers one * width + other of the pixels, ascending, and how many have each; by rows, for large images, and
    by planes."""
    rows = max(1, _BLOCK // max(prod(one.shape[1:]), 1))
    found, pixels = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for top in range(0, len(one), rows):
        keys = (one[top : top + rows].astype(np.int64) * width + other[top : top + rows]).ravel()
        # most pixels are as the one before: runs are counted
        first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        present, where = np.unique(keys[first], return_inverse=True)
        found.append(present)
        pixels.append(np.bincount(where, np.diff(np.append(first, len(keys)))).astype(np.int64))
    keys, where = np.unique(np.concatenate(found), return_inverse=True)
    return keys, np.bincount(where, np.concatenate(pixels), minlength=len(keys)).astype(np.int64)
