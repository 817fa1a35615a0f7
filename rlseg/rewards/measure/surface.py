"""Surface areas in a volume, from how often lines in 13 directions cross them."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

from rlseg.arrays import AnyLabels, Floats, Ints, np
from rlseg.jit import compiled
from rlseg.regions import RegionStatistics, slabs

# half of the 26 neighbours of a voxel: the others lie opposite
DIRECTIONS = tuple(step for step in product((0, 1), (-1, 0, 1), (-1, 0, 1)) if step > (0, 0, 0))
# places on a sphere by which its parts are measured
_POINTS = 20_000

Table = tuple[Ints, Floats, Floats]


@lru_cache(16)
def crossing_areas(spacing: tuple[float, float, float]) -> tuple[float, ...]:
    """How much surface in px^2 one crossing stands for, of lines through the centres of all voxels in each direction.

    By Crofton's formula the area of a surface is twice the mean over all directions of the area that lines in this
    direction cross it per line, and V / l is the area per line, for voxels of V px^3 whose centres are l px apart on
    the line. A direction stands for the share of the sphere that is nearer to it than to the 12 others (D. Legland, K.
    Kiêu and M.-F. Devaux, Computation of Minkowski measures on 2D and 3D binary images, 2007).

    Args:
        spacing: sides of a voxel in px.
    """
    steps: Floats = np.array(DIRECTIONS) * spacing
    length = np.sqrt((steps**2).sum(axis=1))
    # evenly spread: along a spiral, by the golden angle
    height = 1 - (2 * np.arange(_POINTS) + 1) / _POINTS
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(_POINTS)
    around = np.sqrt(1 - height**2)
    points = np.stack([height, around * np.cos(turn), around * np.sin(turn)], axis=1)
    nearest = np.abs(points @ (steps / length[:, None]).T).argmax(axis=1)
    shares = np.bincount(nearest, minlength=len(steps)) / _POINTS
    return tuple((2 * shares * np.prod(spacing) / length).tolist())


def contact_table(regions: RegionStatistics) -> Table:
    """How much surface lies between superpixels of a volume that are neighbours by faces, edges or corners.

    Args:
        regions: of a volume; keeps the table.

    Returns:
        (2, Q) int64 pairs of superpixels, (Q,) px^2 between the two, and (N,) px^2 on the border of the volume. What is
        outside of a segment adds up to its surface, for nothing depends on the other superpixels.
    """
    kept = regions.of_image
    if "contacts" not in kept:
        # the same bit for bit whichever turned copy asks first
        still = regions.still
        kept["contacts"] = _contacts(still.superpixels, still.num_nodes, still.spacing)
    table: Table = kept["contacts"]
    return table


def _contacts(ids: AnyLabels, count: int, spacing: tuple[float, ...]) -> Table:
    from rlseg.graph import group_pairs  # whoever only checks a reward file waits for no graph

    crossings = np.array(crossing_areas((spacing[0], spacing[1], spacing[2])))
    parts: list[tuple[Ints, Floats]] = []
    for planes in slabs(ids.shape):
        # with the plane that follows, to which some directions lead
        u, v, weight = _crossed(ids[planes.start : planes.stop + 1], planes.stop - planes.start, crossings)
        pairs, edge = group_pairs(u, v, count)
        parts.append((pairs, np.bincount(edge, weight, pairs.shape[1]).astype(np.float64)))
    keys, place = np.unique(np.concatenate([u * count + v for (u, v), _ in parts]), return_inverse=True)
    between: Floats = np.bincount(place, np.concatenate([weight for _, weight in parts]), len(keys)).astype(np.float64)
    return np.stack([keys // count, keys % count]), between, _at_border(ids, crossings, count)


@compiled
def _crossed(ids: AnyLabels, planes: int, crossings: Floats) -> tuple[AnyLabels, AnyLabels, Floats]:
    """Superpixels u < v on both sides of what lines cross, (P,) each, and the px^2 that each crossing stands for.

    Args:
        ids: (Z, H, W).
        planes: how many of them the lines begin in.
        crossings: (13,) px^2, see `crossing_areas`.
    """
    depth, height, width = ids.shape
    found = 0
    for k in range(len(DIRECTIONS)):
        down, along, right = DIRECTIONS[k]
        for z in range(min(planes, depth - down)):
            for r in range(max(-along, 0), height - max(along, 0)):
                here = ids[z, r, max(-right, 0) : width - max(right, 0)]
                there = ids[z + down, r + along, max(right, 0) : width + min(right, 0)]
                for c in range(len(here)):
                    found += here[c] != there[c]
    u, v, weight = np.empty(found, np.int32), np.empty(found, np.int32), np.empty(found)
    found = 0
    for k in range(len(DIRECTIONS)):
        down, along, right = DIRECTIONS[k]
        for z in range(min(planes, depth - down)):
            for r in range(max(-along, 0), height - max(along, 0)):
                here = ids[z, r, max(-right, 0) : width - max(right, 0)]
                there = ids[z + down, r + along, max(right, 0) : width + min(right, 0)]
                for c in range(len(here)):
                    a, b = here[c], there[c]
                    if a != b:
                        u[found], v[found], weight[found] = min(a, b), max(a, b), crossings[k]
                        found += 1
    return u, v, weight


@compiled
def _at_border(ids: AnyLabels, crossings: Floats, count: int) -> Floats:
    """(N,) px^2 of what lines cross on the border of a volume (Z, H, W)."""
    depth, height, width = ids.shape
    total = np.zeros(count)
    for z in range(depth):
        for r in range(height):
            inner = 0 < z < depth - 1 and 0 < r < height - 1
            for c in range(0, width, max(width - 1, 1) if inner else 1):
                for k in range(len(DIRECTIONS)):
                    for sign in (-1, 1):
                        down, along, right = DIRECTIONS[k]
                        y, x = r + sign * along, c + sign * right
                        if not (0 <= z + sign * down < depth and 0 <= y < height and 0 <= x < width):
                            total[ids[z, r, c]] += crossings[k]
    return total
