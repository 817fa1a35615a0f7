"""Region adjacency graph and every table of RegionStatistics against loops over pixels."""

from __future__ import annotations

from collections import defaultdict

import bioimage_cpp.graph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import voronoi

from rlseg.graph.adjacency import cracks
from rlseg.graph.rag import measure_regions
from rlseg.regions import RegionStatistics

SHAPES = {
    "1 x 1": np.array([[0]]),
    "one row": np.array([[0, 0, 1, 2, 2]]),
    "one column": np.array([[0], [1], [1]]),
    "one superpixel": np.zeros((4, 5), int),
    "every pixel alone": np.arange(12).reshape(3, 4),
    "hole": np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]),
    "two pieces": np.array([[0, 1, 0], [0, 1, 0]]),
    "a row of its box is empty": np.array([[0, 1, 1], [1, 1, 1], [1, 1, 0]]),
    "checkerboard": np.indices((4, 4)).sum(0) % 2,
}


def random_case(seed: int, shape: tuple[int, int], count: int) -> tuple[np.ndarray, np.ndarray]:
    """(2, H, W) image and superpixels."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, *shape)), voronoi(rng, shape, count)


def all_cases() -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    cases = [(rng.normal(size=(2, *ids.shape)), ids.astype(np.int32)) for ids in SHAPES.values()]
    return [*cases, random_case(1, (17, 23), 30), random_case(2, (40, 9), 5)]


@pytest.fixture(params=all_cases(), ids=[*SHAPES, "voronoi", "long voronoi"])
def case(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, RegionStatistics]:
    image, ids = request.param
    return image, ids, measure_regions(image, ids)


def slow_cracks(ids: np.ndarray) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pixel pairs, that in the superpixel with the smaller id first."""
    height, width = ids.shape
    pairs = []
    for r in range(height):
        for c in range(width):
            for y, x in ((r + 1, c), (r, c + 1)):
                if y < height and x < width and ids[r, c] != ids[y, x]:
                    pair = ((r, c), (y, x)) if ids[r, c] < ids[y, x] else ((y, x), (r, c))
                    pairs.append(pair)
    return pairs


def test_edges_are_the_touching_pairs(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    _, ids, regions = case
    expected = sorted({(int(ids[a]), int(ids[b])) for a, b in slow_cracks(ids)})
    assert regions.edge_index.T.tolist() == [list(pair) for pair in expected]
    assert regions.edge_index.shape == (2, len(expected))
    assert regions.edge_index.dtype == np.int64
    assert regions.num_nodes == ids.max() + 1
    assert regions.num_edges == len(expected)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), height=st.integers(1, 24), width=st.integers(1, 24), count=st.integers(1, 40))
def test_edges_are_those_of_bioimage_cpp(seed: int, height: int, width: int, count: int) -> None:
    image, ids = random_case(seed, (height, width), count)
    graph = bioimage_cpp.graph.region_adjacency_graph(ids)
    expected = sorted(tuple(sorted(pair)) for pair in graph.uv_ids().tolist())
    assert [tuple(pair) for pair in measure_regions(image, ids).edge_index.T.tolist()] == expected


def test_cracks_are_ordered_pixel_pairs(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    _, ids, _ = case
    first, second = cracks(ids)
    width = ids.shape[1]
    got = sorted(((p // width, p % width), (q // width, q % width)) for p, q in zip(first, second, strict=True))
    assert got == sorted(slow_cracks(ids))


def test_node_tables(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    image, ids, regions = case
    height, width = ids.shape
    for n in range(regions.num_nodes):
        r, c = np.nonzero(ids == n)
        assert regions.area[n] == len(r)
        assert regions.moments[n].tolist() == [r.sum(), c.sum(), (r * r).sum(), (r * c).sum(), (c * c).sum()]
        assert regions.third_moments[n].tolist() == [(r**3).sum(), (r * r * c).sum(), (r * c * c).sum(), (c**3).sum()]
        third = [(r**3).sum(), (r * r * c).sum(), (r * c * c).sum(), (c**3).sum()]
        assert regions.third_moments[n].tolist() == third
        assert regions.box[n].tolist() == [r.min(), c.min(), r.max() + 1, c.max() + 1]
        values = image[:, r, c]
        assert regions.intensity_sum[n] == pytest.approx(values.sum(1), abs=1e-12)
        assert regions.intensity_square[n] == pytest.approx((values**2).sum(1), abs=1e-12)
        assert regions.intensity_min[n].tolist() == values.min(1).tolist()
        assert regions.intensity_max[n].tolist() == values.max(1).tolist()
        sides = (r == 0).sum() + (c == 0).sum() + (r == height - 1).sum() + (c == width - 1).sum()
        assert regions.border[n] == sides
        spans = regions.spans[regions.span_start[n] : regions.span_start[n + 1]]
        assert spans.tolist() == [[row, c[r == row].min(), c[r == row].max()] for row in np.unique(r)]
    assert regions.span_start[0] == 0
    assert regions.span_start[-1] == len(regions.spans)


def test_rim_is_where_outlines_can_be(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    _, ids, regions = case
    height, width = ids.shape
    expected = {r * width + c for pair in slow_cracks(ids) for r, c in pair}
    expected |= {r * width + c for r in range(height) for c in (0, width - 1)}
    expected |= {r * width + c for r in (0, height - 1) for c in range(width)}
    assert regions.rim.tolist() == sorted(expected)
    assert (regions.framed[regions.framed_rim] == ids.ravel()[regions.rim]).all()


def test_edge_tables(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    image, ids, regions = case
    length: dict[tuple[int, int], int] = defaultdict(int)
    total: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(2))
    jump: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(2))
    for a, b in slow_cracks(ids):
        edge = int(ids[a]), int(ids[b])
        one, two = image[:, a[0], a[1]], image[:, b[0], b[1]]
        length[edge] += 1
        total[edge] = total[edge] + (one + two) / 2
        jump[edge] = jump[edge] + abs(one - two)
    assert regions.edge_length.shape == (regions.num_edges,)
    assert regions.edge_intensity.shape == regions.edge_jump.shape == (regions.num_edges, 2)
    for e, (u, v) in enumerate(regions.edge_index.T.tolist()):
        assert regions.edge_length[e] == length[u, v]
        assert regions.edge_intensity[e] == pytest.approx(total[u, v], abs=1e-12)
        assert regions.edge_jump[e] == pytest.approx(jump[u, v], abs=1e-12)


def test_outline_is_contact_and_border(case: tuple[np.ndarray, np.ndarray, RegionStatistics]) -> None:
    """All pixel sides of the image are in contacts, on the border or inside of a superpixel."""
    _, ids, regions = case
    height, width = ids.shape
    assert regions.border.sum() == 2 * (height + width)
    inner = sum((a == b).sum() for a, b in ((ids[1:], ids[:-1]), (ids[:, 1:], ids[:, :-1])))
    assert 2 * inner + 2 * regions.edge_length.sum() + regions.border.sum() == 4 * ids.size


def test_scale_and_level_channel_are_kept() -> None:
    image, ids = random_case(3, (6, 7), 4)
    regions = measure_regions(image, ids, scale=3, offset=[1, 2], level_channel=1)
    assert regions.scale.tolist() == [3.0, 3.0]
    assert regions.offset.tolist() == [1.0, 2.0]
    assert regions.level_channel == 1
    assert regions.shape == (6, 7)
    assert measure_regions(image, ids).scale.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "ids",
    [np.array([[0, 2]]), np.array([[1, 1]]), np.array([[-1, 0]]), np.array([[0, -(10**6)]]), np.array([[0, 10**8]])],
)
def test_gaps_in_the_ids_are_refused(ids: np.ndarray) -> None:
    with pytest.raises(ValueError, match="consecutive from 0"):
        measure_regions(np.zeros((1, 1, 2)), ids.astype(np.int32))


@pytest.mark.parametrize("shape", [(4, 4), (1, 4, 3), (1, 1, 4, 4)])
def test_shapes_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must be channels of"):
        measure_regions(np.zeros(shape), np.zeros((4, 4), np.int32))


def test_crack_midpoints_lie_half_way_between_the_pixels(
    case: tuple[np.ndarray, np.ndarray, RegionStatistics],
) -> None:
    _, ids, regions = case
    points = defaultdict(list)
    for a, b in slow_cracks(ids):
        points[int(ids[a]), int(ids[b])].append([a[0] + b[0], a[1] + b[1]])
    assert regions.crack_start.shape == (regions.num_edges + 1,)
    for e, pair in enumerate(regions.edge_index.T.tolist()):
        expected = np.array(sorted(points[tuple(pair)]))
        found = regions.crack_points[regions.crack_start[e] : regions.crack_start[e + 1]]
        assert found.tolist() == expected.tolist()
        assert regions.crack_boxes[e].tolist() == [*expected.min(0), *expected.max(0)]
        np.testing.assert_allclose(regions.crack_means[e], expected.mean(0) / 2, atol=1e-12)
    assert len(regions.crack_points) == sum(map(len, points.values())) == regions.edge_length.sum()
    assert regions.crack_boxes.shape == (regions.num_edges, 4)
    assert regions.crack_means.shape == (regions.num_edges, 2)
