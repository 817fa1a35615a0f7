"""Priors on edges against plain loops over edges and pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_regions
from reward_text import compiled
from scipy import ndimage

from rlseg.data.augment import transform_regions
from rlseg.errors import RlsegError
from rlseg.regions import RegionStatistics
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.segments import Segments

SIZE = "rewards: {foreground: {terms: {size: {kind: descriptor, property: area, expected: 150, scale: 60}}}}\n"
RING = "geometry: {center: [18, 25], ring: [8, 15], border_radius: 24}\n"
KERNELS = (
    "edges: {{cut: max, radial_prior: {{foreground: {{at: ring, width: {}, height: {}}}, "
    "inner_background: {{at: center, width: {}, height: {}}}, "
    "outer_background: {{at: border, width: {}, height: {}}}{}}}}}"
)


def case(seed: int) -> tuple[Segments, np.ndarray]:
    """Partitions of a random image, and random actions that have little to do with them."""
    regions = random_regions(seed, count=50)
    rng = np.random.default_rng(seed)
    segments = Segments(regions, rng.integers(0, 12, (3, regions.num_nodes)))
    return segments, rng.random(segments.cut.shape)


def plain(segments: Segments, cut: str) -> np.ndarray:
    """(K, E) without priors on edges."""
    return compiled(SIZE + f"edges: {{cut: {cut}}}").evaluate(segments).edge_score


def cracks_of(regions: RegionStatistics, edge: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of neighbouring pixels in the two superpixels of an edge."""
    u, v = regions.edge_index[:, edge]
    ids = regions.superpixels
    pairs = []
    for r in range(ids.shape[0]):
        for c in range(ids.shape[1]):
            for y, x in ((r + 1, c), (r, c + 1)):
                if y < ids.shape[0] and x < ids.shape[1] and {ids[r, c], ids[y, x]} == {u, v}:
                    pairs.append(((r, c), (y, x)))
    return pairs


def slow_kernels(regions: RegionStatistics, edge: int, numbers: tuple[float, ...]) -> tuple[float, float]:
    """Foreground and background kernel of Eq. 5-7 at an edge."""
    ends = [np.argwhere(regions.superpixels == n).mean(0) for n in regions.edge_index[:, edge]]
    h = math.dist((ends[0] + ends[1]) / 2, (18, 25))
    f, fh, i, ih, o, oh = numbers
    fore = fh * math.exp(-0.5 * ((h - 11.5) / f) ** 2)
    back = ih * math.exp(-0.5 * (h / i) ** 2) if h <= 11.5 else oh * math.exp(-0.5 * ((h - 24) / o) ** 2)
    return fore, back


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), numbers=st.tuples(*[st.floats(0.5, 40), st.floats(0.1, 10)] * 3))
def test_equations_5_to_7(seed: int, numbers: tuple[float, ...]) -> None:
    segments, actions = case(seed)
    rules = plain(segments, "max")
    literal = compiled(RING + SIZE + KERNELS.format(*numbers, ", normalise: false")).evaluate(segments, actions)
    shares = compiled(RING + SIZE + KERNELS.format(*numbers, "")).evaluate(segments, actions)
    for e in range(segments.regions.num_edges):
        fore, back = slow_kernels(segments.regions, e, numbers)
        expected = fore * rules[:, e] + back * (1 - actions[:, e])
        np.testing.assert_allclose(literal.edge_score[:, e], expected, atol=1e-9)
        if fore + back > 1e-200:
            np.testing.assert_allclose(shares.edge_score[:, e], expected / (fore + back), atol=1e-9)
    assert shares.edge_score.min() >= 0
    assert shares.edge_score.max() <= 1 + 1e-12


def test_far_from_everything_the_nearer_kernel_wins() -> None:
    """Where all kernels are 0 in floating point, their shares are still defined."""
    segments, actions = case(0)
    narrow = KERNELS.format(0.01, 1, 0.01, 1, 0.01, 1, "")
    assert np.isfinite(compiled(RING + SIZE + narrow).evaluate(segments, actions).edge_score).all()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), falloff=st.floats(0.01, 3))
def test_flat_top(seed: int, falloff: float) -> None:
    segments, actions = case(seed)
    text = RING + SIZE + f"edges: {{cut: mean, radial_prior: {{ring: flat, falloff: {falloff}}}}}"
    found = compiled(text).evaluate(segments, actions).edge_score
    rules = plain(segments, "mean")
    for e in range(segments.regions.num_edges):
        points = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in cracks_of(segments.regions, e)]
        h = math.dist(np.mean(points, axis=0), (18, 25))
        d = max(8 - h, h - 15, 0)
        k = math.exp(-0.5 * (d / (falloff * 7)) ** 2)
        np.testing.assert_allclose(found[:, e], k * rules[:, e] + (1 - k) * (1 - actions[:, e]), atol=1e-9)
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("measure", ["step", "bright", "dark"])
@pytest.mark.parametrize("unit", ["unit", "raw"])
def test_boundary_evidence(measure: str, unit: str) -> None:
    segments, actions = case(5)
    regions = segments.regions
    between = (0.05, 0.1) if measure == "step" else (0.45, 0.55)
    if unit == "raw":
        between = tuple(100 * end + (0 if measure == "step" else 7) for end in between)
    text = SIZE + (
        f"edges: {{cut: max, boundary_evidence: {{weight: 0.4, measure: {measure}, channel: 1, "
        f"between: [{between[0]}, {between[1]}]}}}}"
    )
    head = f"version: 1\nname: t\nunits: {{length: px, intensity: {unit}}}\n"
    found = Reward(parse_reward(head + text)).evaluate(segments, actions).edge_score
    # the same image as in `random_regions`, in the unit of the file
    image = pixels(5) if unit == "unit" else pixels(5) * 100 + 7
    rules = plain(segments, "max")
    used = []
    for e in range(regions.num_edges):
        values = [(image[1][a], image[1][b]) for a, b in cracks_of(regions, e)]
        v = np.mean([abs(x - y) if measure == "step" else (x + y) / 2 for x, y in values])
        b = min(max((v - between[0]) / (between[1] - between[0]), 0), 1)
        b = 1 - b if measure == "dark" else b
        used.append(b)
        paid = b * actions[:, e] + (1 - b) * (1 - actions[:, e])
        np.testing.assert_allclose(found[:, e], 0.6 * rules[:, e] + 0.4 * paid, atol=1e-9)
    assert min(used) == 0
    assert max(used) == 1
    assert len(set(used)) > 10


def pixels(seed: int) -> np.ndarray:

    rng = np.random.default_rng(seed)
    return ndimage.gaussian_filter(rng.random((2, 40, 56)), (0, 1, 1))


def test_without_actions_what_was_done_stands_for_them() -> None:
    segments, actions = case(1)
    reward = compiled(RING + SIZE + "edges: {radial_prior: {ring: flat}}")
    done = reward.evaluate(segments).edge_score
    np.testing.assert_array_equal(done, reward.evaluate(segments, segments.cut.astype(np.float32)).edge_score)
    assert (done != reward.evaluate(segments, actions).edge_score).any()


def test_far_outside_the_ring_only_merging_pays() -> None:
    segments, actions = case(2)
    text = "geometry: {center: [-1000, 0], ring: [1, 2]}\n" + SIZE + "edges: {radial_prior: {ring: flat}}"
    np.testing.assert_allclose(compiled(text).evaluate(segments, actions).edge_score, 1 - actions, atol=1e-12)


def test_turned_image_with_a_centred_ring_pays_the_same() -> None:
    segments, actions = case(3)
    moved = Segments(transform_regions(segments.regions, 1, True), segments.labels)
    for prior in ("{ring: flat}", KERNELS.format(5, 1, 9, 2, 7, 3, "")[len("edges: {cut: max, radial_prior: ") : -1]):
        text = "geometry: {center: image, ring: [8, 15], border_radius: 24}\n" + SIZE
        reward = compiled(text + f"edges: {{radial_prior: {prior}}}")
        one, other = (reward.evaluate(s, actions).edge_score for s in (segments, moved))
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_both_priors_are_applied_in_turn() -> None:
    segments, actions = case(4)
    evidence = "boundary_evidence: {weight: 1.0, between: [0, 0.1]}"
    one = compiled(SIZE + f"edges: {{{evidence}}}").evaluate(segments, actions).edge_score
    text = "geometry: {center: [18, 25], ring: [0, 1000]}\n" + SIZE
    both = compiled(text + f"edges: {{radial_prior: {{ring: flat}}, {evidence}}}").evaluate(segments, actions)
    np.testing.assert_allclose(both.edge_score, one, atol=1e-12)


def test_graph_without_edges() -> None:
    regions = random_regions(0, shape=(5, 5), count=1)
    segments = Segments(regions, np.zeros((2, 1), int))
    for prior in ("radial_prior: {ring: flat}", KERNELS.format(5, 1, 9, 2, 7, 3, "")[len("edges: {cut: max, ") : -1]):
        text = RING + SIZE + f"edges: {{boundary_evidence: {{weight: 0.5, between: [0, 1]}}, {prior}}}"
        assert compiled(text).evaluate(segments).edge_score.shape == (2, 0)


def test_a_channel_that_is_not_there() -> None:
    segments, _ = case(0)
    text = SIZE + "edges: {boundary_evidence: {weight: 0.5, between: [0, 1], channel: 2}}"
    with pytest.raises(RlsegError, match=r"no channel 2 for boundary_evidence: the image has 2 channel\(s\)"):
        _ = compiled(text).evaluate(segments).edge_score
