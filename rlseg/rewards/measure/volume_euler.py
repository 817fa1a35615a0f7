"""Euler numbers of segments in a volume, from which superpixels meet where."""

from __future__ import annotations

from itertools import product

from rlseg.arrays import AnyLabels, Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics, slabs

Meetings = tuple[Ints, Ints]


def meetings(regions: RegionStatistics) -> Meetings:
    """Which superpixels meet, and how often corners count with one sign and edges with the other.

    Voxels as closed cubes are a complex of corners, edges, faces and cubes, and the Euler number of a union of voxels
    is the sum over the dimensions d of (-1)^d times the number of those that belong to any of its voxels. What touches
    at a corner hangs together, as with the 26 neighbours of `skimage.measure.euler_number` (V. A. Kovalevsky, Finite
    topology as applied to image analysis, 1989).

    Args:
        regions: of a volume; keeps the table.

    Returns:
        (T, 8) int64 superpixels that lie around a corner, an edge, a face or in a cube, each once, then -1; and (T,) by
        how much the Euler number of a segment with any of them grows.
    """
    kept = regions.of_image
    if "meetings" not in kept:
        kept["meetings"] = _meetings(regions.superpixels, regions.num_nodes)
    table: Meetings = kept["meetings"]
    return table


def _meetings(ids: AnyLabels, count: int) -> Meetings:
    rows: list[Ints] = [np.empty((0, 8), np.int64)]
    weights: list[Ints] = [np.empty(0, np.int64)]
    alone = np.zeros(count + 1, np.int64)
    for planes in slabs(ids.shape):
        # framed by the planes beside, or by nobody
        part = ids[max(planes.start - 1, 0) : planes.stop + 1]
        ends = (int(planes.start == 0), int(planes.stop == len(ids)))
        framed = np.pad(part, (ends, (1, 1), (1, 1)), constant_values=count)
        for reach in product((0, 1), repeat=3):
            # reach 1 along an axis: between two voxels; those above the first plane were counted with the slab before
            first = 1 - reach[0] * ends[0]
            last = len(framed) - 1
            around = np.stack(
                [
                    framed[
                        first + z : last + z,
                        1 - reach[1] + r : framed.shape[1] - 1 + r,
                        1 - reach[2] + c : framed.shape[2] - 1 + c,
                    ].ravel()
                    for z, r, c in product(*(range(k + 1) for k in reach))
                ],
                axis=1,
            )
            sign = 1 if (3 - sum(reach)) % 2 == 0 else -1
            same = (around == around[:, :1]).all(axis=1)
            alone += sign * np.bincount(around[same, 0], minlength=count + 1)
            found, times = _each_once(around[~same], count)
            rows.append(found)
            weights.append(sign * times)
    single = np.full((count, 8), -1)
    single[:, 0] = np.arange(count)
    return np.concatenate([single, *rows]), np.concatenate([alone[:count], *weights])


def _each_once(around: AnyLabels, count: int) -> tuple[Ints, Ints]:
    """Sets of superpixels from rows in which they may stand more than once: (T, 8), -1 for nothing, and how often."""
    sets = np.sort(around.astype(np.int64), axis=1)
    sets[:, 1:][sets[:, 1:] == sets[:, :-1]] = count
    sets = np.sort(sets, axis=1)
    found, times = np.unique(sets, axis=0, return_counts=True)
    rows = np.full((len(found), 8), -1)
    rows[:, : found.shape[1]] = np.where(found == count, -1, found)
    return rows, times


@compiled
def euler_numbers(labels: Ints, count: int, rows: Ints, weights: Ints) -> Floats:
    """(M,) Euler numbers of the segments (K, N) of K partitions. rows, weights: see `meetings`."""
    total = np.zeros(count)
    here = np.empty(8, np.int64)
    for k in range(len(labels)):
        for t in range(len(rows)):
            found = 0
            for i in range(8):
                if rows[t, i] < 0:
                    break
                m = labels[k, rows[t, i]]
                known = False
                for j in range(found):
                    known = known or here[j] == m
                if not known:
                    here[found] = m
                    found += 1
                    total[m] += weights[t]
    return total
