"""`circle_hough` against scikit-image's Hough transform of masks, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments
from reward_text import compiled
from scenes import ODD, drawn, odd, scores_of
from slow_circles import DEGENERATE, slow_votes, spoiled_discs, stripes
from term_properties import properties_of

from rlseg.data.augment import transform_regions
from rlseg.rewards.measure.hough import whole_radii
from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: circle_hough, radius: [{}, {}], min_accumulator: {}}}"

test_range_names_and_place = properties_of(
    "{kind: circle_hough, radius: [3, 7]}", "{kind: circle_hough, radius: [2, 9], min_accumulator: 0.2}"
)


def check(segments: Segments, low: float, high: float, threshold: float) -> None:
    scores = scores_of(TERM.format(low, high, threshold), segments)
    circles = segments.hough_circles(low, high)
    for m, mask in enumerate(masks(segments)):
        expected = slow_votes(mask, low, high)
        assert (circles.score[m], circles.row[m], circles.column[m], circles.radius[m]) == expected
        assert scores[m] == pytest.approx(max(0, expected[0] - threshold) / (1 - threshold))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), pieces=st.integers(1, 30), low=st.floats(0.4, 9), width=st.floats(0, 8),
    threshold=st.sampled_from([0.0, 0.3, 0.6]),
)  # fmt: skip
def test_against_scikit_image(seed: int, pieces: int, low: float, width: float, threshold: float) -> None:
    """Votes, centre and radius are the same, not only alike."""
    check(random_segments(seed, partitions=2, pieces=pieces, count=40), low, low + width, threshold)


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.5), (1, 4), (3, 8)])
@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str, low: float, high: float) -> None:
    check(odd(name), low, high, 0.1)


def test_discs_and_their_pieces_against_scikit_image() -> None:
    segments, number = spoiled_discs(3)
    score = segments.hough_circles(10, 20).score
    assert [slow_votes(mask, 10, 20)[0] for mask in masks(segments)] == score.tolist()
    assert score[number > 0].min() > 0.85
    assert ((score > 0.1) & (score < 0.7)).sum() > 10


@pytest.mark.parametrize("radius", [10.4, 13.0, 17.7, 20.0])
@pytest.mark.parametrize("place", [(30.0, 40.0), (29.6, 40.3)])
def test_half_a_disc_has_half_the_votes_for_the_centre_of_the_whole(radius: float, place: tuple[float, float]) -> None:
    """Its centroid is 4 / (3 pi) of a radius away from there: the centre is free."""
    rows, columns = np.indices((61, 81))
    disc = np.hypot(rows - place[0], columns - place[1]) <= radius
    whole, half = (drawn((disc & part).astype(int)).hough_circles(10, 20) for part in (rows >= 0, rows <= place[0]))
    assert 0.85 < whole.score[1] <= 1
    assert 0.45 < half.score[1] < 0.65
    for circles in (whole, half):
        assert np.hypot(circles.row[1] - place[0], circles.column[1] - place[1]) < 2
        assert abs(circles.radius[1] - radius) < 2


def test_a_disc_that_the_border_cuts_may_have_its_centre_outside() -> None:
    rows, columns = np.indices((40, 60))
    circles = drawn((np.hypot(rows + 4, columns - 30) <= 15).astype(int)).hough_circles(10, 20)
    assert np.hypot(circles.row[1] + 4, circles.column[1] - 30) < 2
    assert 0.3 < circles.score[1] < 0.6


def test_impossible_areas_earn_nothing() -> None:
    assert stripes(3.0).hough_circles(10, 20).score[1] == 0  # 25 of 314 px
    assert stripes(25.0).hough_circles(10, 20).score[1] == 0
    assert stripes(25.0).hough_circles(10, 20).score[0] == 0  # the ground, whose outline is that of the disc
    assert stripes(25.0).hough_circles(10, 25).score[1] > 0.85


def test_ellipses_are_worse_the_longer_they_are() -> None:
    rows, columns = np.indices((61, 101))
    found = []
    for stretch in (1.0, 1.3, 1.7, 2.2):
        mask = ((rows - 30) * stretch) ** 2 + ((columns - 50) / stretch) ** 2 <= 12**2
        found.append(scores_of(TERM.format(10, 14, 0.0), drawn(mask.astype(int)))[1])
    assert (np.diff(found) < 0).all()
    assert found[0] > 0.85


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_turned_images_score_the_same(quarter_turns: int, flip: bool) -> None:
    """Also those that nobody has measured before they were turned."""
    segments, _ = spoiled_discs(1)
    expected = segments.hough_circles(10, 20).score
    moved = Segments(transform_regions(segments.regions, quarter_turns, flip), segments.labels)
    np.testing.assert_array_equal(moved.hough_circles(10, 20).score, expected)
    anew, _ = spoiled_discs(1)
    moved = Segments(transform_regions(anew.regions, quarter_turns, flip), anew.labels)
    np.testing.assert_array_equal(moved.hough_circles(10, 20).score, expected)


def test_pieces_in_turned_images_count_the_same() -> None:
    segments, _ = spoiled_discs(2)
    circle = TERM.format(10, 20, 0.0)
    reward = compiled(
        f"rewards: {{foreground: {{terms: {{c: {circle}, t: {{kind: segments_per_circle, circle: c}}}}}}}}"
    )
    expected = reward.evaluate(segments).terms["foreground/t"]
    assert len(set(expected.tolist())) > 3
    for turns, flip in DIHEDRAL[1:]:
        moved = Segments(transform_regions(segments.regions, turns, flip), segments.labels)
        np.testing.assert_array_equal(reward.evaluate(moved).terms["foreground/t"], expected)


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_images(name: str) -> None:
    for low, high in ((0.1, 0.1), (0.5, 3), (1, 1e9), (1e6, 1e9)):
        check(DEGENERATE[name], low, high, 0.0)


@given(low=st.floats(0.1, 50), width=st.floats(0, 50), most=st.floats(0, 150))
def test_radii_are_whole(low: float, width: float, most: float) -> None:
    radii = whole_radii(low, low + width, most)
    assert (len(radii) > 0) == (low <= most)
    assert (radii >= 1).all()
    assert (np.diff(radii) == 1).all()
    if low <= most:
        assert radii[0] - low < 1
        assert abs(radii[-1] - min(low + width, most)) <= max(0.5 + 1e-9, 1 - low)


def test_partitions_in_one_call_do_not_disturb_each_other() -> None:
    segments = random_segments(3, partitions=5, pieces=15)
    together = segments.hough_circles(3, 9)
    for k, labels in enumerate(segments.labels):
        alone = Segments(segments.regions, labels[None] - segments.offsets[k], plain=True)
        np.testing.assert_array_equal(alone.hough_circles(3, 9).score[alone.labels[0]], together.score[labels])


def test_the_unit_may_be_um() -> None:
    segments = stripes(15.0)
    by_um = scores_of(TERM.format(2.5, 5, 0.0), segments, length="um", pixel_size=0.25)
    np.testing.assert_allclose(by_um, scores_of(TERM.format(10, 20, 0.0), segments))
