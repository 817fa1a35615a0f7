"""Convex hulls of segments in a volume, in voxels, as scikit-image counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import AnyLabels, Bools, Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics

if TYPE_CHECKING:
    from rlseg.rewards.measure.segments import Segments

# a voxel reaches half of its sides from its centre (`skimage.morphology.convex_hull_image`, offset_coordinates)
_REACH = 0.5
# by which rounding may put a voxel outside of a hull that it lies on; scikit-image's
_TOLERANCE = 1e-10


def convex_voxels(segments: Segments) -> Floats:
    """(J,) voxels whose centres lie in the convex hull of each of the segments of `Segments.joined`.

    The hull is that of the points half a voxel from the centres of a segment's voxels along each axis.
    """
    from scipy.spatial import ConvexHull  # takes long to import, and most reward files ask for no hull

    labels, ids = segments.joined
    owner, places, beside = _corners(segments.regions.still)
    offsets = _REACH * np.concatenate([np.eye(3), -np.eye(3)])
    found = np.zeros(len(ids))
    for row in labels:
        of_node = np.append(row, -1)  # outside of the volume is nobody
        mine = of_node[owner]
        # what has its own on both sides along an axis lies between them
        kept = (mine >= 0) & (of_node[beside] != mine[:, None, None]).any(axis=2).all(axis=1)
        number, place = mine[kept], places[kept]
        order = np.argsort(number, kind="stable")
        number, place = number[order], place[order]
        ends = np.flatnonzero(np.diff(number, append=-1)) + 1
        for first, end in zip(np.append(0, ends), ends, strict=False):
            points = place[first:end]
            low, high = points.min(axis=0), points.max(axis=0) + 1
            hull = ConvexHull((points[:, None] + offsets).reshape(-1, 3))
            found[number[first]] = _inside(low, high, hull.equations)
    return found


def _corners(regions: RegionStatistics) -> tuple[Ints, Ints, Ints]:
    """Voxels that may be corners of a hull: the superpixel (P,), place (P, 3), and (P, 3, 2) superpixels beside each.

    Along each axis at least one of the two neighbours is of another superpixel, or N where there is none. Kept with the
    image.
    """
    kept = regions.of_image
    if "hull corners" not in kept:
        ids = np.pad(regions.superpixels, 1, constant_values=regions.num_nodes)
        places = np.argwhere(_may_be_corner(ids)) + 1
        middle = ids[tuple(places.T)].astype(np.int64)
        beside = np.empty((len(places), 3, 2), np.int64)
        for axis in range(3):
            for side, step in enumerate((-1, 1)):
                there = places.copy()
                there[:, axis] += step
                beside[:, axis, side] = ids[tuple(there.T)]
        kept["hull corners"] = middle, places - 1, beside
    corners: tuple[Ints, Ints, Ints] = kept["hull corners"]
    return corners


@compiled
def _may_be_corner(ids: AnyLabels) -> Bools:
    """(Z, H, W) of framed ids (Z + 2, H + 2, W + 2)."""
    depth, height, width = ids.shape
    found = np.zeros((depth - 2, height - 2, width - 2), np.bool_)
    for z in range(1, depth - 1):
        for r in range(1, height - 1):
            for c in range(1, width - 1):
                n = ids[z, r, c]
                found[z - 1, r - 1, c - 1] = (
                    (ids[z - 1, r, c] != n or ids[z + 1, r, c] != n)
                    and (ids[z, r - 1, c] != n or ids[z, r + 1, c] != n)
                    and (ids[z, r, c - 1] != n or ids[z, r, c + 1] != n)
                )
    return found


@compiled
def _inside(low: Ints, high: Ints, equations: Floats) -> int:
    """How many voxels of a box lie on the inner side of all planes (F, 4) of a hull."""
    count = 0
    for z in range(low[0], high[0]):
        for r in range(low[1], high[1]):
            for c in range(low[2], high[2]):
                inside = True
                for f in range(len(equations)):
                    away = equations[f, 0] * z + equations[f, 1] * r + equations[f, 2] * c + equations[f, 3]
                    if away > _TOLERANCE:
                        inside = False
                        break
                count += inside
    return count
