"""The paper's rewards of cells in a ring, and ours, recomputed by slow definitions, see test_paper_equations.py."""

from __future__ import annotations

import math

import numpy as np
from paper_rewards import evaluated, larger_of_both, numbers, random_partitions
from partitions import masks, voronoi
from scipy import ndimage
from slow_circles import boundary

from rlseg.graph.adjacency import cracks
from rlseg.graph.intersection import intersect_with_truth
from rlseg.graph.rag import measure_regions
from rlseg.rewards.measure.segments import Segments


def ring_case(seed: int) -> tuple[Segments, np.ndarray]:
    """Radial cells around the centre of the embryo, coarse superpixels, random actions."""
    shape = (374, 346)
    rows, columns = np.indices(shape)
    radius = np.hypot(rows - 194, columns - 168)
    angle = np.arctan2(rows - 194, columns - 168) % (2 * math.pi)
    truth = np.where((radius > 85) & (radius < 152), 2 + (angle / (2 * math.pi) * 85).astype(int), radius <= 85)
    rng = np.random.default_rng(seed)
    ids = intersect_with_truth(voronoi(rng, shape, 150), truth.astype(np.int32))
    segments = random_partitions(measure_regions(np.zeros((1, *shape)), ids), truth, seed)
    return segments, rng.random(segments.cut.shape)


def moments_of(mask: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Area, centroid, variances (smaller first) with the pixel as a square, and direction of the larger one."""
    points = np.argwhere(mask)
    values, vectors = np.linalg.eigh(np.cov(points.T, bias=True).reshape(2, 2))
    return float(len(points)), points.mean(0), values, vectors[:, 1]


def squared_cosine(values: np.ndarray, axis: np.ndarray, radial: np.ndarray) -> float:
    """Of the angle between the axis and the direction from the centre; half for what has no direction."""
    if values[1] - values[0] < 1e-6 or np.hypot(*radial) < 1e-6:
        return 0.5
    return float((axis @ radial / np.hypot(*radial)) ** 2)


def slow_cell(mask: np.ndarray) -> float:
    """Reward of a likely cell: sides and orientation of its box against a template, a little for its place (4.3).

    A cell is 67 long and 8.8 wide and points at the centre; the lengths that are clearly worse are the authors'.
    """
    area, center, values, axis = moments_of(mask)
    radial = center - CENTER
    near = float(abs(np.hypot(*radial) - 118) <= 56)
    length = math.sqrt(12 * values[1] + 1)
    size = math.exp(-0.5 * ((area / length / 2 - 4.4) / 2.2) ** 2 - 0.5 * ((length / 2 - 33.5) / 11) ** 2)
    box = 0.8 * size + 0.2 * squared_cosine(values, axis, radial)
    if box < 0.2:
        return 0.0
    return math.exp(2 * ((0.1 * near + box) / 1.1 - 1))


def slow_background(mask: np.ndarray, of: np.ndarray, axes: tuple[float, float]) -> float:
    """Reward of a background: the circularity of its contour, which is one of the foreground, times its size.

    Args:
        mask: the background.
        of: the mask whose ellipse should have these axes.
    """
    points = boundary(mask)
    if not len(points):
        return math.exp(-2)
    distances = np.hypot(*(points - points.mean(0)).T)
    circularity = math.exp(-0.5 * (distances.std() / distances.mean() / 0.1) ** 2)
    found = 4 * np.sqrt(np.maximum(moments_of(of)[2], 0)) if of.any() else np.zeros(2)
    size = math.prod(math.exp(-0.5 * ((x - t) / 28) ** 2) for x, t in zip(found, axes, strict=True))
    return math.exp(2 * (circularity * size - 1))


CENTER = np.array([194.0, 168.0])


def test_cells_as_in_the_paper() -> None:
    """Eq. 5-7 as printed, halved, r_o from boxes and, for the backgrounds, from the contour of the foreground."""
    segments, actions = ring_case(0)
    found, edges = evaluated("embryo_cells_paper.yaml", segments, actions)
    regions = segments.regions
    rows, columns = np.indices(regions.shape)
    radius = np.hypot(rows - CENTER[0], columns - CENTER[1])
    shapes = masks(segments)
    expected = np.full(len(shapes), np.nan)
    for k in range(len(segments.labels)):
        own = np.flatnonzero(segments.partition == k)
        outer = own[np.argmax([(shapes[m] & (radius > 190)).sum() for m in own])]
        inner = own[np.argmax([(shapes[m] & (radius < 56)).sum() for m in own])]
        if inner != outer:
            expected[inner] = slow_background(shapes[inner], shapes[inner], (160, 194))
        expected[outer] = slow_background(shapes[outer], ~shapes[outer], (292, 316))
        for m in own[np.isnan(expected[own])]:
            expected[m] = slow_cell(shapes[m]) if 60 <= shapes[m].sum() <= 2360 else 0.0
    np.testing.assert_allclose(found, expected, atol=1e-9)
    centers = np.stack(
        [ndimage.mean(axis, regions.superpixels, np.arange(regions.num_nodes)) for axis in (rows, columns)]
    )
    r_o = larger_of_both(segments, expected)
    j, border = (85 + 152) / 2, 190
    inside = []
    for e, (u, v) in enumerate(regions.edge_index.T):
        h = math.dist((centers[:, u] + centers[:, v]) / 2, CENTER)
        inside.append(h <= j)
        r_bg = math.exp(-0.5 * (h / 29) ** 2) if h <= j else math.exp(-0.5 * ((border - h) / 4) ** 2)
        r_fg = math.exp(-0.5 * ((h - j) / 172) ** 2)
        r_edge = r_fg * r_o[:, e] + r_bg * (1 - actions[:, e])
        np.testing.assert_allclose(edges[:, e], r_edge / 2, atol=1e-9)
    assert 0.2 < np.mean(inside) < 0.8
    assert edges.min() >= 0
    assert edges.max() <= 1


def test_cells_with_a_flat_top() -> None:
    """Eq. 5-7 with one number: k r_o + (1 - k) (1 - a), r_o the mean of the ratios of both sides."""
    segments, actions = ring_case(1)
    _, edges = evaluated("embryo_cells.yaml", segments, actions)
    file = numbers("embryo_cells.yaml")
    center, (inner, outer) = np.array(file["geometry"]["center"]), file["geometry"]["ring"]
    terms = file["rewards"]["foreground"]["terms"]
    h = []
    for mask in masks(segments):
        area, middle, values, axis = moments_of(mask)
        length = math.sqrt(12 * values[1] + 1)
        gaps = ((length, terms["length"]["expected"]), (area / length, terms["width"]["expected"]))
        score = math.prod(min(x / t, t / x) for x, t in gaps) * squared_cosine(values, axis, middle - center)
        h.append(0.0 if area > file["classes"]["too_large"]["over"] else score)
    regions = segments.regions
    ids, width = regions.superpixels, regions.shape[1]
    points: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for a, b in zip(*cracks(ids), strict=True):
        middle_of = ((a // width + b // width) / 2, (a % width + b % width) / 2)
        points.setdefault((ids.flat[a], ids.flat[b]), []).append(middle_of)
    falloff = file["edges"]["radial_prior"]["falloff"] * (outer - inner)
    s = np.array(h)[segments.labels]
    for e, (u, v) in enumerate(regions.edge_index.T):
        distance = math.dist(np.mean(points[u, v], axis=0), center)
        k = math.exp(-0.5 * (max(inner - distance, distance - outer, 0) / falloff) ** 2)
        paid = k * (s[:, u] + s[:, v]) / 2 + (1 - k) * (1 - actions[:, e])
        np.testing.assert_allclose(edges[:, e], paid, atol=1e-9)
