"""Segments that several ways of looking at an image propose, as seen by its regions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

from rlseg.arrays import AnyLabels, Floats, Ints, np
from rlseg.jit import compiled

# pixels that are compared at once
_BLOCK = 2**20
# common pixels of regions that wait for being put together
_ENTRIES = 2**22


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
        order = np.argsort(new, kind="stable")
        shared, whole = shared.astype(np.float64), whole.astype(np.float64)
        start, index, pixels = _carry(
            order, new, old, self.start, self.index, self.pixels, shared, whole, count, self.count
        )
        return Proposals(self.views, start, index, pixels, self.area, self.view)


@compiled
def _carry(
    order: Ints,
    new: Ints,
    old: Ints,
    start: Ints,
    index: Ints,
    pixels: Floats,
    shared: Floats,
    whole: Floats,
    count: int,
    segments: int,
) -> tuple[Ints, Ints, Floats]:
    """`start`, `index` and `pixels` of `count` regions, see `Proposals._carried`. order: of pairs, by `new`."""
    begins = np.zeros(count + 1, np.int64)
    holder = np.full(segments, -1, np.int64)  # the last region that shares pixels with a segment, and how many
    amount = np.empty(segments)
    found, held = np.empty(1024, np.int64), np.empty(1024)
    used = i = 0
    for region in range(count):
        first = used
        while i < len(order) and new[order[i]] == region:
            pair = order[i]
            for place in range(start[old[pair]], start[old[pair] + 1]):
                segment = index[place]
                if holder[segment] != region:
                    holder[segment], amount[segment] = region, 0.0
                    if used == len(found):
                        found, held = np.append(found, found), np.append(held, held)
                    found[used] = segment
                    used += 1
                # in this order all of a region is all that it holds, without rounding
                amount[segment] += shared[pair] * pixels[place] / whole[pair]
            i += 1
        found[first:used] = np.sort(found[first:used])
        for k in range(first, used):
            held[k] = amount[found[k]]
        begins[region + 1] = used
    return begins, found[:used].copy(), held[:used].copy()


def _common_pixels(one: AnyLabels, other: AnyLabels, width: int) -> tuple[Ints, Ints]:
    """The numbers one * width + other of the pixels, ascending, and how many have each; by rows, for large images, and
    by planes."""
    rows = max(1, _BLOCK // max(prod(one.shape[1:]), 1))
    found, pixels, enough = [np.empty(0, np.int64)], [np.empty(0, np.int64)], _ENTRIES
    for top in range(0, len(one), rows):
        keys = (one[top : top + rows].astype(np.int64) * width + other[top : top + rows]).ravel()
        # most pixels are as the one before: runs are counted
        first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        present, where = np.unique(keys[first], return_inverse=True)
        found.append(present)
        pixels.append(np.bincount(where, np.diff(np.append(first, len(keys)))).astype(np.int64))
        if sum(map(len, found)) > enough:
            found, pixels = [[part] for part in _together(found, pixels)]
            enough = 2 * len(found[0]) + _ENTRIES
    return _together(found, pixels)


def _together(keys: list[Ints], pixels: list[Ints]) -> tuple[Ints, Ints]:
    """Each key once, ascending, with all of its pixels."""
    found, where = np.unique(np.concatenate(keys), return_inverse=True)
    return found, np.bincount(where, np.concatenate(pixels), minlength=len(found)).astype(np.int64)
