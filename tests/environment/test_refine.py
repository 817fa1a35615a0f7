"""Pixel-exact outlines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nuclei import compiled
from scipy import ndimage
from skimage.measure import label, regionprops

from rlseg.data.prepare import Preparation
from rlseg.environment.label_image import label_objects, object_scores
from rlseg.environment.refine import Refinement, refine_and_measure, refine_objects
from rlseg.environment.search import search_objects
from rlseg.graph.sample import Sample
from rlseg.rewards.reward import Reward

ALWAYS = compiled("rewards: {foreground: 1.0}\n")
LIKES_AREA = """\
rewards:
  foreground:
    terms:
      size: {{kind: descriptor, property: area, expected: {}, scale: {}}}
"""


def discs(*places: tuple[int, int, int]) -> Sample:
    """A 64 x 64 image of blurred bright discs (row, column, radius) on dark ground."""
    rows, columns = np.indices((64, 64))
    image = np.zeros((64, 64))
    for row, column, radius in places:
        image[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = 100.0
    image = ndimage.gaussian_filter(image, 1.0) + np.random.default_rng(0).normal(0, 0.2, image.shape)
    return Preparation()(image[None].astype(np.float32), "discs")


def disc(row: int, column: int, radius: int) -> np.ndarray:
    rows, columns = np.indices((64, 64))
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def found(sample: Sample, reward: Reward) -> np.ndarray:
    """Objects of a search, as they come before the refinement."""
    selection = search_objects(sample.regions, sample.guide, lambda s: reward.evaluate(s).foreground_score)
    numbers = np.unique(np.where(selection.chosen, selection.labels + 1, 0), return_inverse=True)[1]
    return numbers[sample.superpixels].astype(np.int32)


def matches(before: np.ndarray, after: np.ndarray) -> list[int]:
    """For each refined object the earlier one it overlaps most."""
    return [int(np.bincount(before[after == n]).argmax()) for n in range(1, after.max() + 1)]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("settings", [Refinement(loss=0.3), Refinement(levels=(0.3, 0.5, 0.7), reach=2, loss=1.0)])
def test_real_objects_keep_order_and_number_and_stay_within_reach(
    samples: list[Sample], reward: Reward, number: int, settings: Refinement
) -> None:
    sample = samples[number]
    before = found(sample, reward)
    count = before.max()
    assert count >= 2
    after = refine_objects(sample, before, reward, settings)
    assert after.dtype == np.int32
    assert after.shape == before.shape
    assert sorted(set(after.ravel()) - {0}) == list(range(1, after.max() + 1))
    assert 1 <= after.max() <= count
    origin = matches(before, after)
    assert 0 not in origin
    assert origin == sorted(set(origin)), "each object comes from another one, in the same order"
    for n, source in enumerate(origin, start=1):
        distance = ndimage.distance_transform_edt(before != source)
        outside = distance[after == n]
        filled = ndimage.binary_fill_holes(distance <= settings.reach)
        assert (filled[after == n]).all(), outside.max()
        others = (before > 0) & (before != source)
        assert not (others & (after == n)).any(), "no object takes what was another's"
    assert (after != before).any()


def test_outlines_reach_the_half_height_of_the_edge() -> None:
    """One half is where a blurred edge truly lies, whether the first outline was too small or too large."""
    sample, truth = discs((32, 32, 10)), disc(32, 32, 10)
    for radius in (8, 12):
        after = refine_objects(sample, disc(32, 32, radius).astype(np.int32), ALWAYS, Refinement(levels=(0.5,)))
        wrong = np.logical_xor(after == 1, truth).sum()
        assert wrong < 0.1 * truth.sum()
        assert wrong < np.logical_xor(disc(32, 32, radius), truth).sum() / 2


@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, -1), (1, -1, 1)], ids=["bright", "dark", "both"])
@pytest.mark.parametrize("radius", [7, 9, 11])
def test_105_polarity_follows_each_object(signs: tuple[int, int, int], radius: int) -> None:
    """Perfect outlines of dark objects used to be lost."""
    places = [(20, 20), (20, 60), (60, 40)]
    rows, columns = np.indices((80, 80))
    image, truth, first = np.full((80, 80), 300.0), np.zeros((80, 80), np.int32), np.zeros((80, 80), np.int32)
    for number, ((row, column), sign) in enumerate(zip(places, signs, strict=True), start=1):
        square = (rows - row) ** 2 + (columns - column) ** 2
        image[square <= 81] += 100 * sign
        truth[square <= 81] = number
        first[square <= radius**2] = number
    noise = np.random.default_rng(0).normal(0, 2, image.shape)
    sample = Preparation()((ndimage.gaussian_filter(image, 1.0) + noise)[None].astype(np.float32), "x")
    after = refine_objects(sample, first, ALWAYS, Refinement())
    for number in (1, 2, 3):
        one, other = after == number, truth == number
        assert (one & other).sum() / (one | other).sum() > 0.93


@pytest.mark.parametrize("ground", ["flat", "texture", "stripes"])
def test_105_outlines_stay_where_brightness_says_nothing(ground: str) -> None:
    """Outlines that come from elsewhere, such as from lines between cells, are as good as they are."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices((64, 64))
    image = {
        "flat": rng.normal(100, 3, (64, 64)),
        "texture": ndimage.gaussian_filter(rng.normal(0, 300, (64, 64)), 2),
        "stripes": 50.0 * ((rows + columns) % 8 < 4) + rng.normal(0, 3, (64, 64)),
    }[ground]
    sample = Preparation()(image[None].astype(np.float32), "x")
    labels = np.where(disc(20, 20, 9), 1, np.where(disc(40, 42, 12), 2, 0)).astype(np.int32)
    np.testing.assert_array_equal(refine_objects(sample, labels, ALWAYS, Refinement()), labels)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), loss=st.sampled_from([0.0, 0.1]))
def test_105_no_object_is_paid_less_whatever_the_reward_looks_at(seed: int, loss: float) -> None:
    """Also where the pay of one object hangs on the outlines of others."""
    rng = np.random.default_rng(seed)
    image = ndimage.gaussian_filter(rng.normal(0, 1, (48, 48)), 3)
    labels = label(image > 0.5 * image.std(), connectivity=1).astype(np.int32)
    sample = Preparation()((image + rng.normal(0, 0.01, image.shape))[None].astype(np.float32), "x")
    judge = compiled(
        "rewards:\n  foreground:\n    terms:\n"
        "      next: {kind: spacing, expected: 14, scale: 3}\n"
        "      all: {kind: coverage, of: foreground, expected: 0.3, scale: 0.02}\n"
    )
    count = int(labels.max())
    after = refine_objects(sample, labels, judge, Refinement(loss=loss))
    if not count:
        return
    origin = [int(np.bincount(labels[after == n])[1:].argmax()) for n in range(1, int(after.max()) + 1)]
    assert origin == sorted(set(origin))
    paid = np.zeros(count)
    paid[origin] = object_scores(sample, after, judge, int(after.max()))
    assert (paid >= object_scores(sample, labels, judge, count) - loss - 1e-6).all()


@pytest.mark.parametrize("reach", [0, 1])
def test_reach_limits_how_far_an_outline_moves(reach: int) -> None:
    sample = discs((32, 32, 10))
    after = refine_objects(sample, disc(32, 32, 8).astype(np.int32), ALWAYS, Refinement(levels=(0.5,), reach=reach))
    distance = ndimage.distance_transform_edt(~disc(32, 32, 8))
    np.testing.assert_array_equal(after == 1, (distance <= reach) & disc(32, 32, 9))


def test_no_loss_means_no_object_is_paid_less() -> None:
    sample, first = discs((32, 32, 10)), disc(32, 32, 8).astype(np.int32)
    area = first.sum()
    likes_it = compiled(LIKES_AREA.format(area, 20))
    np.testing.assert_array_equal(refine_objects(sample, first, likes_it, Refinement(loss=0.0)), first)
    moved = refine_objects(sample, first, likes_it, Refinement(loss=1.0))
    assert moved.sum() > area + 30
    likes_larger = compiled(LIKES_AREA.format(moved.sum(), 20))
    np.testing.assert_array_equal(refine_objects(sample, first, likes_larger, Refinement(loss=0.0)), moved)


@pytest.mark.parametrize("loss", [0.1, 0.3])
def test_an_outline_is_taken_when_it_costs_no_more_than_the_loss(loss: float) -> None:
    sample, first = discs((32, 32, 10)), disc(32, 32, 8).astype(np.int32)
    moved = refine_objects(sample, first, ALWAYS, Refinement(loss=loss))
    for scale in (40, 60, 90, 140, 250):
        judge = compiled(LIKES_AREA.format(first.sum(), scale))
        before, after = (object_scores(sample, labels, judge, 1)[0] for labels in (first, moved))
        expected = moved if before - after <= loss else first
        result = refine_objects(sample, first, judge, Refinement(loss=loss))
        np.testing.assert_array_equal(result, expected)


def test_the_best_paid_level_is_taken() -> None:
    sample, first = discs((32, 32, 10)), disc(32, 32, 9).astype(np.int32)
    single = {t: refine_objects(sample, first, ALWAYS, Refinement(levels=(t,), loss=1.0)) for t in (0.2, 0.5, 0.8)}
    areas = [labels.sum() for labels in single.values()]
    assert areas == sorted(areas, reverse=True)
    assert len(set(areas)) == 3
    for labels in single.values():
        judge = compiled(LIKES_AREA.format(labels.sum(), 30))
        result = refine_objects(sample, first, judge, Refinement(levels=(0.2, 0.5, 0.8), loss=1.0))
        np.testing.assert_array_equal(result, labels)


def test_touching_objects_never_overlap_and_each_keeps_its_side() -> None:
    sample = discs((32, 24, 8), (32, 40, 8))
    halves = np.where(disc(32, 24, 6), 1, np.where(disc(32, 40, 6), 2, 0)).astype(np.int32)
    after = refine_objects(sample, halves, ALWAYS, Refinement(reach=20))
    columns = np.indices(after.shape)[1]
    assert columns[after == 1].max() < columns[after == 2].min()
    assert min((after == 1).sum(), (after == 2).sum()) > 150


def test_nothing_stays_nothing() -> None:
    sample = discs((32, 32, 10))
    after = refine_objects(sample, np.zeros((64, 64), np.int32), ALWAYS, Refinement())
    assert after.dtype == np.int32
    assert not after.any()


@pytest.mark.parametrize("reach", [0, 3])
def test_objects_of_one_pixel(reach: int) -> None:
    sample = discs((32, 32, 10))
    labels = np.zeros((64, 64), np.int32)
    labels[32, 32], labels[0, 0], labels[63, 5] = 1, 2, 3
    after = refine_objects(sample, labels, ALWAYS, Refinement(reach=reach, loss=1.0))
    np.testing.assert_array_equal(after == 1, labels == 1)  # one that looks like all around it stays as it is
    assert after.max() <= 3


def test_an_object_without_a_bright_piece_keeps_its_outline() -> None:
    """Such an object used to vanish, or to end in an error when it was the last one."""
    sample = discs((20, 20, 8))
    dark = np.zeros((64, 64), np.int32)
    dark[disc(20, 20, 6)] = 1
    low = np.unravel_index(np.argsort(sample.above, axis=None)[:5], sample.above.shape)
    dark[low] = 2
    flat = Sample(**{**vars(sample), "above": np.where(dark == 2, 0, sample.above)})
    after = refine_objects(flat, dark, ALWAYS, Refinement(reach=0, levels=(0.5,), loss=1.0))
    np.testing.assert_array_equal(after == 2, dark == 2)


def test_an_object_in_the_hole_of_another_is_not_swallowed() -> None:
    image = 100.0 * (disc(32, 32, 20) & ~disc(32, 32, 9) | disc(32, 32, 5))
    sample = Preparation()(ndimage.gaussian_filter(image, 0.7)[None].astype(np.float32), "ring")
    ring = np.where(disc(32, 32, 18) & ~disc(32, 32, 9), 1, np.where(disc(32, 32, 3), 2, 0)).astype(np.int32)
    after = refine_objects(sample, ring, ALWAYS, Refinement(reach=2))
    assert after[32, 32] == 2
    assert (after == 2).sum() > disc(32, 32, 4).sum(), "it grows as if it were alone"


def test_numbers_may_have_gaps() -> None:
    sample = discs((20, 20, 8), (44, 44, 8))
    labels = np.where(disc(20, 20, 7), 3, np.where(disc(44, 44, 7), 9, 0)).astype(np.int32)
    after = refine_objects(sample, labels, ALWAYS, Refinement())
    assert (after[20, 20], after[44, 44], after.max()) == (1, 2, 2)


@pytest.mark.parametrize("background", [True, False])
def test_objects_are_measured_pixel_by_pixel(samples: list[Sample], background: bool) -> None:
    sample = samples[0]
    labels = sample.truth if background else label(sample.truth + 1, connectivity=1)
    found = label_objects(sample, labels)
    properties = regionprops(labels, sample.image[0])
    assert found.pieces == label(labels == 0, connectivity=1).max()
    assert found.segments.count == len(properties) + found.pieces
    assert found.present.tolist() == [item.label for item in properties]
    for name in ("area", "perimeter", "eccentricity", "axis_minor_length", "extent", "intensity_mean"):
        expected = [item[name] for item in properties]
        values = found.of_objects(found.segments.descriptor(name))
        np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-6, err_msg=name)
    level = [sample.level[labels == item.label].mean() for item in properties]
    np.testing.assert_allclose(found.of_objects(found.segments.descriptor("level_mean")), level, rtol=1e-5)


def test_scores_of_numbers_that_do_not_occur_are_zero(samples: list[Sample], reward: Reward) -> None:
    sample = samples[0]
    labels = np.where(sample.truth > 1, sample.truth + 2, 0).astype(np.int32)
    scores = object_scores(sample, labels, reward, int(labels.max()) + 2)
    assert len(scores) == labels.max() + 2
    present = np.unique(labels[labels > 0]) - 1
    assert scores[present].max() > 0.2
    assert (np.delete(scores, present) == 0).all()


@pytest.mark.parametrize("wrong", [{"levels": (0.0,)}, {"levels": (1.0,)}, {"reach": -1}, {"loss": 2}, {"lvels": ()}])
def test_settings_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        Refinement(**wrong)


def test_what_was_measured_are_the_objects_that_come_out() -> None:
    """The table of a prediction is not measured again."""
    sample = discs((20, 20, 8), (44, 44, 8))
    labels = np.where(disc(20, 20, 7), 3, np.where(disc(44, 44, 7), 9, 0)).astype(np.int32)
    after = refine_and_measure(sample, labels, ALWAYS, Refinement(loss=1.0))
    assert after.labels.max() == 2
    expected = label_objects(sample, after.labels)
    assert after.objects is not None
    assert after.objects.pieces == expected.pieces
    np.testing.assert_array_equal(after.objects.present, expected.present)
    np.testing.assert_array_equal(after.objects.segments.labels, expected.segments.labels)
    np.testing.assert_array_equal(after.objects.segments.regions.superpixels, expected.segments.regions.superpixels)
    for name in ("area", "perimeter", "intensity_mean", "solidity"):
        np.testing.assert_array_equal(
            after.objects.segments.descriptor(name), expected.segments.descriptor(name), err_msg=name
        )
