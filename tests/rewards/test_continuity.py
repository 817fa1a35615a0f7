"""What segments are paid for going on: against pixels one by one; turned copies; what the reward makes of it."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from film_rules import HEAD, film_rules
from partitions import masks, random_segments

from rlseg.data.augment import transform_regions
from rlseg.errors import RlsegError
from rlseg.graph import measure_regions
from rlseg.rewards import Reward, Tracks, of_single_segments
from rlseg.rewards.film import FrameObjects, Neighbours, Side, continuity_of
from rlseg.rewards.language import RewardFile
from rlseg.rewards.links import Pairs
from rlseg.rewards.measure.segments import Segments

SHAPE = (40, 56)
PER_PIXEL = 0.5
FILE = film_rules("pay: 0.25", "drift: 3", reach=6, division=True)
RULES = FILE.tracks
assert RULES is not None


def objects(seed: int, count: int) -> np.ndarray:
    """(H, W) discs that do not overlap."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.int32)
    for number in range(1, count + 1):
        place = rng.random(2) * SHAPE
        inside = (rows - place[0]) ** 2 + (columns - place[1]) ** 2 < rng.uniform(4, 9) ** 2
        labels[inside & (labels == 0)] = number
    return labels


def frame(labels: np.ndarray, rules: Tracks) -> FrameObjects:
    return FrameObjects.of(labels, rules.needed)


def back(mask: np.ndarray, drift: tuple[int, int]) -> np.ndarray:
    """The mask moved back by the drift; what leaves the picture is lost."""
    moved = np.zeros_like(mask)
    for r, c in np.argwhere(mask):
        r, c = r - drift[0], c - drift[1]
        if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1]:
            moved[r, c] = True
    return moved


def score(rules: Tracks, before: np.ndarray, after: list[np.ndarray], drift: tuple[int, int]) -> float:
    """Of a link, or of a division, from masks alone; 0 out of reach and below min_score."""
    here = np.argwhere(before).mean(axis=0)
    for one in after:
        if np.hypot(*(np.argwhere(one).mean(axis=0) - drift - here)) * PER_PIXEL > rules.reach:
            return 0.0
    shared = [np.count_nonzero(before & back(one, drift)) for one in after]
    if len(after) == 2 and min(shared) == 0:
        return 0.0
    middle = np.concatenate([np.argwhere(one) for one in after]).mean(axis=0) - drift
    areas = np.array([[one.sum() for one in after]], float)
    smaller = min(before.sum(), areas.sum())
    pairs = Pairs(
        np.array([np.hypot(*(middle - here)) * PER_PIXEL]),
        np.array([sum(shared) / smaller]),
        {"area": np.array([before.sum()], float)},
        {"area": areas},
    )
    if len(after) == 1:
        found = rules.score(pairs)[0]
    else:
        assert rules.division is not None
        found = rules.division.score(pairs)[0]
    return float(found) if found >= rules.min_score else 0.0


def each(labels: np.ndarray) -> list[np.ndarray]:
    return [labels == number for number in np.unique(labels[labels > 0])]


def slowly(mask: np.ndarray, rules: Tracks, before: np.ndarray, here: np.ndarray, after: np.ndarray) -> float:
    """Without drift before, with a drift of (2, -1) after."""
    onwards = [[one] for one in each(after)] + [[a, b] for a, b in combinations(each(after), 2)]
    forwards = max((score(rules, mask, some, (2, -1)) for some in onwards), default=0.0)
    backwards = 0.0
    for mother in each(before):
        backwards = max(backwards, score(rules, mother, [mask], (0, 0)))
        for sister in each(here):
            if np.count_nonzero(sister & mask) <= 0.1 * sister.sum():
                backwards = max(backwards, score(rules, mother, [mask, sister], (0, 0)))
    return (forwards + backwards) / 2


def scene(seed: int) -> tuple[Segments, Neighbours, list[np.ndarray]]:
    segments = random_segments(seed, partitions=2, pieces=18, shape=SHAPE, count=30)
    images = [objects(seed * 3 + k, 9) for k in range(3)]
    of_before, of_here, of_after = (frame(image, RULES) for image in images)
    return segments, Neighbours(of_here, Side(of_before, (0, 0)), Side(of_after, (2, -1))), images


@pytest.mark.parametrize("seed", range(4))
def test_as_pixel_by_pixel(seed: int) -> None:
    segments, neighbours, images = scene(seed)
    found = continuity_of(segments, neighbours, RULES, PER_PIXEL)
    expected = [slowly(mask, RULES, *images) for mask in masks(segments)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert 0 < np.count_nonzero(found) < len(found)


def test_a_segment_goes_on_in_its_halves() -> None:
    regions = random_segments(0, shape=SHAPE, count=30).regions
    labels = np.arange(regions.num_nodes)[None]
    whole = regions.superpixels == np.argmax(regions.area)
    columns = np.argwhere(whole)[:, 1]
    left = whole & (np.arange(SHAPE[1]) <= np.median(columns))
    halves = left * 1 + (whole & ~left) * 2
    nothing, number = np.zeros(SHAPE, np.int32), int(np.argmax(regions.area))
    after = Neighbours(frame(nothing, RULES), after=Side(frame(halves.astype(np.int32), RULES), (0, 0)))
    rules = RULES.model_copy(update={"division": None})
    divided = continuity_of(Segments(regions, labels), after, RULES, PER_PIXEL)[number]
    assert divided > continuity_of(Segments(regions, labels), after, rules, PER_PIXEL)[number] + 0.1


def test_a_half_goes_back_to_what_divided() -> None:
    halves = np.zeros(SHAPE, np.int32)
    halves[10:18, 10:18], halves[10:18, 18:26] = 1, 2
    mother, nothing = frame((halves > 0).astype(np.int32), RULES), frame(np.zeros(SHAPE, np.int32), RULES)
    found = []
    for sister in (frame((halves == 2).astype(np.int32), RULES), nothing):
        regions = measure_regions([np.zeros(SHAPE, np.float32)], halves)
        neighbours = Neighbours(sister, before=Side(mother, (0, 0)))
        found.append(continuity_of(Segments(regions, np.arange(3)[None]), neighbours, RULES, PER_PIXEL)[1])
    assert found[0] > 0.95
    assert found[1] < 0.85


@pytest.mark.parametrize("shape", ["area", "axis_major_length"])
def test_turned_and_mirrored_to_the_last_digit(shape: str) -> None:
    keys = f"shape: {{kind: change, property: {shape}, expected: 1, scale: 0.6}}"
    text = f"{HEAD}tracks:\n  reach: 20\n  pay: 0.5\n  terms:\n    {keys}\n"
    rules = _parsed(text).tracks
    assert rules is not None
    segments, _, images = scene(1)
    neighbours = Neighbours(frame(images[1], rules), Side(frame(images[0], rules), (1, 0)))
    turned = Segments(transform_regions(segments.regions, 1, True), segments.labels)
    neighbours.tell(segments.regions)
    assert Neighbours.of(turned.regions) is neighbours
    expected = continuity_of(segments, neighbours, rules, 1.0)
    np.testing.assert_array_equal(continuity_of(turned, neighbours, rules, 1.0), expected)
    segments.regions.of_superpixels.clear()
    np.testing.assert_array_equal(continuity_of(turned, neighbours, rules, 1.0), expected)
    assert np.count_nonzero(expected) > 3


def _parsed(text: str) -> RewardFile:
    from rlseg.rewards.language import parse_reward

    return parse_reward(text)


def test_objects_are_paid_by_it() -> None:
    segments, neighbours, _ = scene(2)
    reward = Reward(FILE)
    with pytest.raises(RlsegError, match=r"tracks\.pay.*--film.*|--film") as caught:
        reward.evaluate(segments)
    assert "pay: 0" in str(caught.value)
    alone = reward.without_neighbours().evaluate(segments)
    neighbours.tell(segments.regions)
    found = reward.evaluate(segments)
    share = 0.75 + 0.25 * continuity_of(segments, neighbours, RULES, 1.0)
    np.testing.assert_allclose(found.foreground_score, alone.foreground_score * share)
    np.testing.assert_allclose(found.segment_score, found.foreground_score)
    assert found.edge_score.mean() < alone.edge_score.mean()


def test_an_image_without_any_is_paid_as_if_all_went_on() -> None:
    segments, _, _ = scene(3)
    Neighbours.none().tell(segments.regions)
    reward = Reward(FILE)
    np.testing.assert_array_equal(
        reward.evaluate(segments).foreground_score, reward.without_neighbours().evaluate(segments).foreground_score
    )


def test_frames_without_objects() -> None:
    segments, _, _ = scene(3)
    nothing = frame(np.zeros(SHAPE, np.int32), RULES)
    found = continuity_of(segments, Neighbours(nothing, Side(nothing, (0, 0)), Side(nothing, (0, 0))), RULES, 1.0)
    np.testing.assert_array_equal(found, 0)


def test_a_search_does_not_ask_for_it() -> None:
    single, left_out = of_single_segments(Reward(FILE))
    assert not single.looks_at_neighbours
    assert "tracks.pay" in left_out
