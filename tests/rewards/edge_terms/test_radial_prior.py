"""Both forms of `radial_prior` against plain loops over edges and pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from edge_cases import SIZE, check_edge_properties, cracks_of, odd_case, plain, random_case
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_regions
from reward_text import compiled
from scenes import ODD, drawn

from rlseg.data.augment import transform_regions
from rlseg.regions import RegionStatistics
from rlseg.rewards.measure.segments import Segments

RING = "geometry: {center: [18, 25], ring: [8, 15], border_radius: 24}\n"
KERNELS = (
    "{{foreground: {{at: ring, width: {}, height: {}}}, inner_background: {{at: center, width: {}, height: {}}}, "
    "outer_background: {{at: border, width: {}, height: {}}}{}}}"
)
WIDE = (20.0, 1.3, 9.0, 2.5, 4.0, 3.0)
LITERAL = ", normalise: false"


def with_prior(prior: str, cut: str = "max") -> str:
    return SIZE + f"edges: {{cut: {cut}, radial_prior: {prior}}}"


def slow_kernels(regions: RegionStatistics, edge: int, numbers: tuple[float, ...]) -> tuple[float, float]:
    """Foreground and background kernel of Eq. 5-7 at an edge."""
    ends = [np.argwhere(regions.superpixels == n).mean(0) for n in regions.edge_index[:, edge]]
    h = math.dist((ends[0] + ends[1]) / 2, (18, 25))
    f, fh, i, ih, o, oh = numbers
    fore = fh * math.exp(-0.5 * ((h - 11.5) / f) ** 2)
    back = ih * math.exp(-0.5 * (h / i) ** 2) if h <= 11.5 else oh * math.exp(-0.5 * ((h - 24) / o) ** 2)
    return fore, back


def check_kernels(segments: Segments, actions: np.ndarray, numbers: tuple[float, ...]) -> None:
    rules = plain(segments, "max")
    literal, shares = (
        compiled(RING + with_prior(KERNELS.format(*numbers, more))).evaluate(segments, actions).edge_score
        for more in (LITERAL, "")
    )
    for e in range(segments.regions.num_edges):
        fore, back = slow_kernels(segments.regions, e, numbers)
        expected = fore * rules[:, e] + back * (1 - actions[:, e])
        np.testing.assert_allclose(literal[:, e], expected, atol=1e-9)
        if fore + back > 1e-200:
            np.testing.assert_allclose(shares[:, e], expected / (fore + back), atol=1e-9)


def check_flat_top(segments: Segments, actions: np.ndarray, falloff: float) -> None:
    prior = with_prior(f"{{ring: flat, falloff: {falloff}}}", "mean")
    found = compiled(RING + prior).evaluate(segments, actions).edge_score
    rules = plain(segments, "mean")
    for e, cracks in enumerate(cracks_of(segments.regions)):
        points = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in cracks]
        h = math.dist(np.mean(points, axis=0), (18, 25))
        d = max(8 - h, h - 15, 0)
        k = math.exp(-0.5 * (d / (falloff * 7)) ** 2)
        np.testing.assert_allclose(found[:, e], k * rules[:, e] + (1 - k) * (1 - actions[:, e]), atol=1e-9)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), numbers=st.tuples(*[st.floats(0.5, 40), st.floats(0.1, 10)] * 3))
def test_equations_5_to_7(seed: int, numbers: tuple[float, ...]) -> None:
    segments, actions, _ = random_case(seed)
    check_kernels(segments, actions, numbers)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), falloff=st.floats(0.01, 3))
def test_flat_top(seed: int, falloff: float) -> None:
    segments, actions, _ = random_case(seed)
    check_flat_top(segments, actions, falloff)


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    segments, actions, _ = odd_case(name)
    check_kernels(segments, actions, WIDE)
    check_flat_top(segments, actions, 0.7)


@pytest.mark.parametrize("prior", ["{ring: flat, falloff: 0.5}", KERNELS.format(4, 1, 3, 1, 5, 1, "")])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(1, 35), column=st.integers(1, 37))
def test_range_names_and_place(prior: str, seed: int, row: int, column: int) -> None:
    check_edge_properties(f"{{radial_prior: {prior}}}", seed, row, column, "ring: [3, 7], border_radius: 14")


@pytest.mark.parametrize("prior", ["{ring: flat, falloff: 0.9}", KERNELS.format(6, 1, 7, 1, 6, 1, "")])
def test_farther_from_the_ring_cuts_are_paid_less_and_merging_more(prior: str) -> None:
    """Single pixels in a row, at the distances 1, 2, 3 ... from the centre; objects earn 0.6 everywhere."""
    line = drawn(np.arange(30)[None])
    h = np.arange(29) + 0.5  # of the edges
    places = "geometry: {center: [0, 0], ring: [9, 15], border_radius: 24}\nrewards: {foreground: 0.6}\n"
    reward = compiled(places + f"edges: {{cut: max, radial_prior: {prior}}}")
    cut, kept = (reward.evaluate(line, np.full((1, 29), float(action))).edge_score[0] for action in (1, 0))
    for side in (h < 9, (h > 15) & (h < 24)):
        away = np.argsort(np.abs(h[side] - 12))
        assert (np.diff(cut[side][away]) < 0).all()
        assert (np.diff(kept[side][away]) > 0).all()
    assert cut.max() <= 0.6 <= kept.min()
    if "flat" in prior:
        inside = (h >= 9) & (h <= 15)
        assert cut[inside] == pytest.approx(0.6)
        assert kept[inside] == pytest.approx(0.6)


def test_far_from_everything_the_nearer_kernel_wins() -> None:
    """Where all kernels are 0 in floating point, their shares are still defined."""
    segments, actions, _ = random_case(0)
    narrow = KERNELS.format(0.01, 1, 0.01, 1, 0.01, 1, "")
    found = compiled(RING + with_prior(narrow)).evaluate(segments, actions).edge_score
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-12


def test_without_actions_what_was_done_stands_for_them() -> None:
    segments, actions, _ = random_case(1)
    reward = compiled(RING + SIZE + "edges: {radial_prior: {ring: flat}}")
    done = reward.evaluate(segments).edge_score
    np.testing.assert_array_equal(done, reward.evaluate(segments, segments.cut.astype(np.float32)).edge_score)
    assert (done != reward.evaluate(segments, actions).edge_score).any()


def test_far_outside_the_ring_only_merging_pays() -> None:
    segments, actions, _ = random_case(2)
    text = "geometry: {center: [-1000, 0], ring: [1, 2]}\n" + SIZE + "edges: {radial_prior: {ring: flat}}"
    np.testing.assert_allclose(compiled(text).evaluate(segments, actions).edge_score, 1 - actions, atol=1e-12)


@pytest.mark.parametrize("prior", ["{ring: flat}", KERNELS.format(5, 1, 9, 2, 7, 3, "")])
def test_turned_image_with_a_centred_ring_pays_the_same(prior: str) -> None:
    segments, actions, _ = random_case(3)
    moved = Segments(transform_regions(segments.regions, 1, True), segments.labels)
    reward = compiled("geometry: {center: image, ring: [8, 15], border_radius: 24}\n" + with_prior(prior))
    one, other = (reward.evaluate(s, actions).edge_score for s in (segments, moved))
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_it_is_applied_after_the_boundary_evidence() -> None:
    segments, actions, _ = random_case(4)
    evidence = "boundary_evidence: {weight: 1.0, between: [0, 0.1]}"
    one = compiled(SIZE + f"edges: {{{evidence}}}").evaluate(segments, actions).edge_score
    text = "geometry: {center: [18, 25], ring: [0, 1000]}\n" + SIZE
    both = compiled(text + f"edges: {{radial_prior: {{ring: flat}}, {evidence}}}").evaluate(segments, actions)
    np.testing.assert_allclose(both.edge_score, one, atol=1e-12)


@pytest.mark.parametrize("prior", ["{ring: flat}", KERNELS.format(5, 1, 9, 2, 7, 3, "")])
def test_graph_without_edges(prior: str) -> None:
    regions = random_regions(0, shape=(5, 5), count=1)
    reward = compiled(RING + with_prior(prior))
    assert reward.evaluate(Segments(regions, np.zeros((2, 1), int))).edge_score.shape == (2, 0)
