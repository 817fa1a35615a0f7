"""`circle_coverage` against a slow fit on masks, against scikit-image, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments
from scenes import ODD, drawn, odd, scores_of
from skimage.segmentation import find_boundaries
from skimage.transform import hough_circle
from slow_circles import DEGENERATE, slow_circle, spoiled_discs, stripes
from term_properties import properties_of

from rlseg.data.augment import transform_regions
from rlseg.rewards.measure.circles import radii_between
from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: circle_coverage, radius: [{}, {}], min_accumulator: {}}}"

test_range_names_and_place = properties_of(
    "{kind: circle_coverage, radius: [3, 7]}", "{kind: circle_coverage, radius: [2, 9], min_accumulator: 0.2}"
)


def check(segments: Segments, low: float, high: float, threshold: float) -> None:
    scores = scores_of(TERM.format(low, high, threshold), segments)
    circles = segments.circles(low, high)
    for m, mask in enumerate(masks(segments)):
        expected = slow_circle(mask, low, high)
        assert circles.score[m] == pytest.approx(expected[0], abs=1e-9)
        assert scores[m] == pytest.approx(max(0, expected[0] - threshold) / (1 - threshold), abs=1e-9)
        if expected[0] > 0:
            assert (circles.row[m], circles.column[m], circles.radius[m]) == pytest.approx(expected[1:])


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), pieces=st.integers(1, 30), low=st.floats(0.5, 9), width=st.floats(0, 8),
    threshold=st.sampled_from([0.0, 0.3, 0.6]),
)  # fmt: skip
def test_against_the_slow_fit(seed: int, pieces: int, low: float, width: float, threshold: float) -> None:
    check(random_segments(seed, partitions=2, pieces=pieces, count=40), low, low + width, threshold)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (1, 4), (3, 8)])
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, low: float, high: float) -> None:
    check(odd(name), low, high, 0.1)


def test_all_of_the_range_is_met() -> None:
    """Whole discs score high, their pieces middling and low."""
    segments, number = spoiled_discs(3)
    score = segments.circles(10, 20).score
    assert score[number > 0].min() > 0.9
    assert ((score > 0.1) & (score < 0.7)).sum() > 10


def test_agrees_with_scikit_image_on_the_whole() -> None:
    """Of scikit-image's transform of each mask the best radius by accumulator times area, as ours."""
    ours, theirs = [], []
    radii = np.arange(10, 21)
    disc = np.pi * radii**2
    for seed in range(2):
        segments, _ = spoiled_discs(seed)
        areas = segments.descriptor("area")
        for m, mask in enumerate(masks(segments)):
            if not 0.1 * np.pi * 100 <= areas[m] <= 1.4 * np.pi * 400:
                continue
            box = segments.boxes[m]
            inner = find_boundaries(np.pad(mask[box[0] : box[2], box[1] : box[3]], 25), mode="inner")
            accumulator = hough_circle(inner, radii).max((1, 2))
            theirs.append((accumulator * np.minimum(areas[m] / disc, disc / areas[m])).max())
            ours.append(segments.circles(10, 20).score[m])
    assert len(ours) > 100
    assert np.corrcoef(ours, theirs)[0, 1] > 0.9


@pytest.mark.parametrize("radius", [10.4, 13.0, 17.7, 20.0])
def test_a_disc_earns_nearly_everything_and_its_radius_is_found(radius: float) -> None:
    circles = stripes(radius).circles(10, 20)
    assert circles.score[1] > 0.9
    assert circles.radius[1] == pytest.approx(radius, abs=1)
    assert np.hypot(circles.row[1] - 30, circles.column[1] - 40) <= np.sqrt(2) + 1e-9


def test_impossible_areas_earn_nothing() -> None:
    assert stripes(3.0).circles(10, 20).score[1] == 0  # 25 of 314 px
    assert stripes(25.0).circles(10, 20).score[1] == 0
    assert stripes(25.0).circles(10, 20).score[0] == 0  # the ground
    assert stripes(25.0).circles(10, 25).score[1] > 0.9


def test_discs_that_are_too_small_or_too_large_are_worse() -> None:
    term = TERM.format(10, 14, 0.0)
    smaller = [scores_of(term, stripes(radius))[1] for radius in (10, 9, 8, 7, 6)]
    larger = [scores_of(term, stripes(radius))[1] for radius in (14, 15, 16, 17)]
    for found in (smaller, larger):
        assert found[0] > 0.9
        assert (np.diff(found) <= 0).all()
        assert (np.diff(found)[:3] < 0).all()


def test_ellipses_are_worse_the_longer_they_are() -> None:
    rows, columns = np.indices((61, 101))
    found = []
    for stretch in (1.0, 1.3, 1.7, 2.2, 3.0):
        mask = ((rows - 30) * stretch) ** 2 + ((columns - 50) / stretch) ** 2 <= 12**2
        found.append(scores_of(TERM.format(10, 14, 0.0), drawn(mask.astype(int)))[1])
    assert (np.diff(found) < 0).all()
    assert found[0] > 0.9


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_turned_images_score_the_same(quarter_turns: int, flip: bool) -> None:
    segments, _ = spoiled_discs(1)
    moved = Segments(transform_regions(segments.regions, quarter_turns, flip), segments.labels)
    np.testing.assert_allclose(moved.circles(10, 20).score, segments.circles(10, 20).score, atol=1e-9)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_images(name: str) -> None:
    for low, high in ((0.1, 0.1), (0.5, 3), (1, 1e9), (1e6, 1e9)):
        scores = scores_of(TERM.format(low, high, 0.0), DEGENERATE[name])
        assert scores.min() >= 0
        assert scores.max() <= 1


@given(low=st.floats(0.1, 50), width=st.floats(0, 50), most=st.floats(0, 150))
def test_radii_are_at_most_one_pixel_apart(low: float, width: float, most: float) -> None:
    radii = radii_between(low, low + width, most)
    assert (radii <= most + 1e-6).all()
    if low <= most:
        assert radii[0] == low
        assert (np.diff(radii) <= 1 + 1e-9).all()
        assert radii[-1] >= min(low + width, most) - 1 - 1e-9
    if low + width <= most:
        assert radii[-1] == pytest.approx(low + width)


def test_partitions_in_one_call_do_not_disturb_each_other() -> None:
    segments = random_segments(3, partitions=5, pieces=15)
    together = segments.circles(3, 9)
    for k, labels in enumerate(segments.labels):
        alone = Segments(segments.regions, labels[None] - segments.offsets[k])
        np.testing.assert_array_equal(alone.circles(3, 9).score[alone.labels[0]], together.score[labels])


def test_the_unit_may_be_um() -> None:
    segments = stripes(15.0)
    by_um = scores_of(TERM.format(2.5, 5, 0.0), segments, length="um", pixel_size=0.25)
    np.testing.assert_allclose(by_um, scores_of(TERM.format(10, 20, 0.0), segments))
