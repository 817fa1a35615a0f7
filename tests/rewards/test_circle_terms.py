"""Circle terms against a slow fit on masks, against scikit-image, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import DIHEDRAL, masks, random_segments
from reward_text import compiled
from skimage.draw import disk
from skimage.segmentation import find_boundaries
from skimage.transform import hough_circle
from slow_circles import slow_circle, slow_pieces

from rlseg.data.augment import transform_regions
from rlseg.data.circles import draw_circles
from rlseg.graph.rag import measure_regions
from rlseg.rewards.circles import radii_between
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.segments import Segments

TEXT = "rewards: {{foreground: {{terms: {{circle: {{kind: hough_circle, radius: [{}, {}]{}}}{}}}}}}}"
PIECES = ", pieces: {{kind: segments_per_circle, circle: circle{}}}"


def reward(low: float, high: float, more: str = "", pieces: str | None = None) -> Reward:
    return compiled(TEXT.format(low, high, more, "" if pieces is None else PIECES.format(pieces)))


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), pieces=st.integers(1, 30), low=st.floats(0.5, 9), width=st.floats(0, 8),
    threshold=st.sampled_from([0.0, 0.3, 0.6]),
)  # fmt: skip
def test_terms_agree_with_the_slow_fit(seed: int, pieces: int, low: float, width: float, threshold: float) -> None:
    segments = random_segments(seed, partitions=2, pieces=pieces, count=40)
    result = reward(low, low + width, f", min_accumulator: {threshold}", "").evaluate(segments)
    circles = segments.circles(low, low + width)
    for m, mask in enumerate(masks(segments)):
        expected = slow_circle(mask, low, low + width)
        assert circles.score[m] == pytest.approx(expected[0], abs=1e-9)
        scaled = max(0, expected[0] - threshold) / (1 - threshold)
        assert result.terms["foreground/circle"][m] == pytest.approx(scaled, abs=1e-9)
        if expected[0] <= threshold:
            assert result.terms["foreground/pieces"][m] == 0
            continue
        found = (circles.row[m], circles.column[m], circles.radius[m])
        assert found == pytest.approx(expected[1:])
        image = segments.labels[segments.partition[m]][segments.regions.superpixels]
        assert result.terms["foreground/pieces"][m] == pytest.approx(slow_pieces(image, m, found))


def drawn(seed: int) -> tuple[Segments, np.ndarray, np.ndarray]:
    """Synthetic discs whole, in squares and in halves; (M,) number of the disc where it is whole; the truth."""
    image = draw_circles(seed, size=160, count=(5, 8))
    rows, columns = np.indices(image.truth.shape)
    spoiled = [image.truth.copy()]
    for size in (7, 11, 16, 25):
        spoiled.append(image.truth * 10_000 + (rows // size) * 100 + columns // size)
        spoiled[-1][image.truth == 0] = 0
    spoiled.append(image.truth * 2 + (rows * 3 + columns > 300) * (image.truth > 0))
    stack = np.stack(spoiled).reshape(len(spoiled), -1)
    ids = np.unique(stack, axis=1, return_inverse=True)[1].reshape(image.truth.shape)
    regions = measure_regions(image.image, ids.astype(np.int32))
    first = np.unique(regions.superpixels, return_index=True)[1]
    segments = Segments(regions, stack[:, first])
    number = np.zeros(segments.count, int)
    number[segments.labels[0]] = image.truth.ravel()[first]
    return segments, number, image.truth


def test_all_of_the_range_is_met() -> None:
    """Whole discs score high, their pieces middling and low."""
    segments, number, _ = drawn(3)
    score = segments.circles(10, 20).score
    assert score[number > 0].min() > 0.9
    assert ((score > 0.1) & (score < 0.7)).sum() > 10


def test_agrees_with_scikit_image_on_the_whole() -> None:
    """Of scikit-image's transform of each mask the best radius by accumulator times area, as ours."""
    ours, theirs = [], []
    radii = np.arange(10, 21)
    disc = np.pi * radii**2
    for seed in range(2):
        segments, _, _ = drawn(seed)
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


def disc_segments(radius: float, split: int = 0) -> Segments:
    """A disc on a ground; `split` cuts it in so many stripes."""
    ids = np.zeros((61, 81), np.int32)
    rows, columns = disk((30.0, 40.0), radius, shape=ids.shape)
    ids[rows, columns] = 1 if not split else 1 + np.minimum((columns - columns.min()) // 6, split - 1)
    return Segments(measure_regions(np.zeros((1, 61, 81)), ids), np.arange(ids.max() + 1)[None])


@pytest.mark.parametrize("radius", [10.4, 13.0, 17.7, 20.0])
def test_a_disc_earns_nearly_everything_and_its_radius_is_found(radius: float) -> None:
    segments = disc_segments(radius)
    circles = segments.circles(10, 20)
    assert circles.score[1] > 0.9
    assert circles.radius[1] == pytest.approx(radius, abs=1)
    assert np.hypot(circles.row[1] - 30, circles.column[1] - 40) <= np.sqrt(2) + 1e-9
    assert reward(10, 20, pieces="").evaluate(segments).terms["foreground/pieces"][1] == 1


@pytest.mark.parametrize("radius", [3.0, 6.0, 8.0])
def test_smaller_discs_earn_less_by_their_area(radius: float) -> None:
    scores = [disc_segments(r).circles(10, 20).score[1] for r in (radius, radius + 1, 10.4)]
    assert scores[0] <= scores[1] < scores[2]


def test_impossible_areas_earn_nothing() -> None:
    assert disc_segments(3.0).circles(10, 20).score[1] == 0  # 25 of 314 px
    assert disc_segments(25.0).circles(10, 20).score[1] == 0
    assert disc_segments(25.0).circles(10, 20).score[0] == 0  # the ground
    assert disc_segments(25.0).circles(10, 25).score[1] > 0.9


def test_pieces_of_one_circle_share_its_score() -> None:
    segments = disc_segments(15.0, split=2)
    terms = reward(10, 20, pieces="").evaluate(segments).terms
    circles = segments.circles(10, 20)
    assert (circles.score > 0).sum() == 2
    image = segments.labels[0][segments.regions.superpixels]
    for m in np.flatnonzero(circles.score > 0):
        found = (circles.row[m], circles.column[m], circles.radius[m])
        assert terms["foreground/pieces"][m] == slow_pieces(image, m, found)
        assert terms["foreground/pieces"][m] <= 0.5
    # a radius of its own instead of the name of the other term
    alone = compiled("rewards: {foreground: {terms: {a: {kind: segments_per_circle, radius: [10, 20]}}}}")
    np.testing.assert_array_equal(alone.evaluate(segments).terms["foreground/a"], terms["foreground/pieces"])


def test_a_class_can_be_left_out_of_the_count() -> None:
    """The right third of a disc belongs to the ground."""
    text = (
        "classes: {{ground: {{kind: area, over: 1400}}}}\n"
        "rewards: {{ground: 0, foreground: {{terms: "
        "{{circle: {{kind: hough_circle, radius: [10, 20]}}" + PIECES + "}}}}}}"
    )
    ids = disc_segments(15.0).regions.superpixels.copy()
    ids[:, 45:] = 0
    bitten = Segments(measure_regions(np.zeros((1, *ids.shape)), ids), np.arange(2)[None])
    assert compiled(text.format("")).evaluate(bitten).terms["foreground/pieces"][1] == 0.5
    assert compiled(text.format(", ignore: ground")).evaluate(bitten).terms["foreground/pieces"][1] == 1


@pytest.mark.parametrize(("quarter_turns", "flip"), DIHEDRAL)
def test_turned_images_score_the_same(quarter_turns: int, flip: bool) -> None:
    segments, _, _ = drawn(1)
    moved = Segments(transform_regions(segments.regions, quarter_turns, flip), segments.labels)
    np.testing.assert_allclose(moved.circles(10, 20).score, segments.circles(10, 20).score, atol=1e-9)


def test_shifting_changes_nothing() -> None:
    segments, _, _ = drawn(2)
    regions = segments.regions
    ids = regions.superpixels
    larger = np.full((ids.shape[0] + 9, ids.shape[1] + 21), ids[0, 0], np.int32)
    larger[4 : 4 + ids.shape[0], 13 : 13 + ids.shape[1]] = ids
    first = [np.unique(labels, return_index=True)[1] for labels in segments.labels]
    raw = np.stack([at[np.unique(row, return_inverse=True)[1]] for at, row in zip(first, segments.labels, strict=True)])
    moved = Segments(measure_regions(np.zeros((1, *larger.shape)), larger), raw)
    inner = (segments.boxes[:, :2] > 0).all(1) & (segments.boxes[:, 2:] < ids.shape).all(1)
    assert inner.sum() > 50
    for own, other in zip(segments.labels, moved.labels, strict=True):
        here = inner[own]
        found, expected = moved.circles(10, 20).score[other[here]], segments.circles(10, 20).score[own[here]]
        np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize(
    "ids",
    [np.zeros((1, 1)), np.zeros((4, 5)), np.arange(20).reshape(4, 5), np.array([[0, 1, 0]]), np.eye(7)],
    ids=["one pixel", "one superpixel", "every pixel alone", "one row", "diagonal"],
)
def test_degenerate_images(ids: np.ndarray) -> None:
    regions = measure_regions(np.zeros((1, *ids.shape)), ids.astype(np.int32))
    segments = Segments(regions, np.stack([np.arange(regions.num_nodes), np.zeros(regions.num_nodes, int)]))
    for low, high in ((0.1, 0.1), (0.5, 3), (1, 1e9), (1e6, 1e9)):
        result = reward(low, high, pieces="").evaluate(segments)
        assert result.non_finite == 0
        for score in result.terms.values():
            assert score.min() >= 0
            assert score.max() <= 1


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
    text = "version: 1\nname: t\nunits: {length: um}\n" + TEXT.format(2.5, 5, "", "")
    segments = disc_segments(15.0)
    by_um = Reward(parse_reward(text), pixel_size=0.25).evaluate(segments).segment_score
    np.testing.assert_allclose(by_um, reward(10, 20).evaluate(segments).segment_score)
