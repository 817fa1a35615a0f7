"""Terms and class rules against slow references on masks, and at the boundaries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_regions, random_segments
from reward_text import compiled, read

from rlseg.errors import RlsegError
from rlseg.rewards.load import parse_reward
from rlseg.rewards.reward import Reward
from rlseg.rewards.segments import Segments

TERM = "rewards: {{foreground: {{terms: {{term: {{{}}}}}}}}}"


def across(segments: Segments, m: int, score: np.ndarray) -> tuple[float, float]:
    """Sum of the scores across the pixel sides of the outline of segment m, and their number; slow."""
    k = int(segments.partition[m])
    image = segments.labels[k][segments.regions.superpixels]
    total, sides = 0.0, 0
    for a, b in ((image[1:], image[:-1]), (image[:, 1:], image[:, :-1])):
        for inside, outside in ((a, b), (b, a)):
            others = outside[(inside == m) & (outside != m)]
            total += score[others].sum()
            sides += others.size
    return total, sides


def test_descriptor_term_scores_the_descriptor() -> None:
    segments = random_segments(0)
    reward = compiled(TERM.format("kind: descriptor, property: area, expected: 150, scale: 60"))
    scores = reward.evaluate(segments).terms["foreground/term"]
    areas = np.array([mask.sum() for mask in masks(segments)])
    assert scores == pytest.approx(np.exp(-(((areas - 150) / 60) ** 2) / 2))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 15))
def test_neighbour_score_against_pixels(seed: int, pieces: int) -> None:
    segments = random_segments(seed, pieces=pieces, shape=(20, 30), count=25)
    reward = compiled(
        "classes: {background: {kind: area, over: 60}, debris: {kind: area, under: 10}}\n"
        "rewards:\n"
        "  foreground: {terms: {size: {kind: descriptor, property: area, expected: 40, scale: 20}}}\n"
        "  background: {terms: {near: {kind: neighbour_score, of: foreground}}}\n"
        "  debris: 0.5"
    )
    result = reward.evaluate(segments)
    for m, mask in enumerate(masks(segments)):
        if mask.sum() > 60:
            total, sides = across(segments, m, result.foreground_score)
            expected = total / sides if sides else 0.0
            assert result.terms["background/near"][m] == pytest.approx(expected)
            assert result.segment_score[m] == pytest.approx(expected)
        else:
            assert np.isnan(result.terms["background/near"][m])


def test_background_alone_earns_nothing_from_its_neighbours() -> None:
    regions = random_regions(0)
    merged = Segments(regions, np.zeros((1, regions.num_nodes), dtype=int))
    reward = compiled(
        "classes: {background: {kind: area, over: 60}}\n"
        "rewards: {foreground: 1, background: {terms: {near: {kind: neighbour_score, of: foreground}}}}"
    )
    assert reward.evaluate(merged).segment_score.tolist() == [0.0]


def test_object_count_counts_a_class_per_partition() -> None:
    segments = random_segments(1, partitions=4, pieces=10)
    reward = compiled(
        "classes: {background: {kind: area, over: 200}}\n"
        "rewards: {foreground: 1, background: {terms: {n: "
        "{kind: object_count, of: foreground, expected: 8, scale: 4, kernel: linear}}}}"
    )
    result = reward.evaluate(segments)
    areas = np.array([mask.sum() for mask in masks(segments)])
    for m in np.flatnonzero(areas > 200):
        k = segments.partition[m]
        n = int(((segments.partition == k) & (areas <= 200)).sum())
        assert result.terms["background/n"][m] == pytest.approx(max(0, 1 - abs(n - 8) / 4))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("over: {}", lambda areas, x: areas > x),
        ("under: {}", lambda areas, x: areas < x),
        ("outside: [{0}, {0}]", lambda areas, x: areas != x),
    ],
)
@pytest.mark.parametrize("kind", ["kind: area", "kind: descriptor, property: area"])
def test_thresholds_are_strict(kind: str, rule: str, expected: object) -> None:
    segments = random_segments(2)
    areas = np.array([mask.sum() for mask in masks(segments)])
    threshold = int(np.sort(areas)[len(areas) // 2])  # one of the areas, so that strictness shows
    reward = compiled("classes: {a: {" + kind + ", " + rule.format(threshold) + "}}\nrewards: {a: 0, foreground: 1}")
    found = reward.evaluate(segments).segment_class == 0
    np.testing.assert_array_equal(found, expected(areas, threshold))  # type: ignore[operator]


def test_outside_leaves_the_interval_itself() -> None:
    segments = random_segments(2)
    areas = np.array([mask.sum() for mask in masks(segments)])
    low, high = np.percentile(areas, [25, 75])
    reward = compiled(f"classes: {{a: {{kind: area, outside: [{low}, {high}]}}}}\nrewards: {{a: 0, foreground: 1}}")
    np.testing.assert_array_equal(reward.evaluate(segments).segment_class == 0, (areas < low) | (areas > high))


def test_units_um_scale_lengths_and_areas() -> None:
    segments = random_segments(3)
    text = (
        "version: 1\nname: t\nunits: {{length: {unit}}}\nclasses: {{big: {{kind: area, over: {over}}}}}\n"
        "rewards:\n  big: 0\n  foreground: {{terms: {{p: "
        "{{kind: descriptor, property: perimeter, expected: {expected}, scale: {scale}}}}}}}"
    )
    in_px = Reward(parse_reward(text.format(unit="px", over=100, expected=40, scale=10)), pixel_size=0.5)
    in_um = Reward(parse_reward(text.format(unit="um", over=25, expected=20, scale=5)), pixel_size=0.5)
    a, b = in_px.evaluate(segments), in_um.evaluate(segments)
    np.testing.assert_array_equal(a.segment_class, b.segment_class)
    np.testing.assert_allclose(a.segment_score, b.segment_score)


def test_um_without_a_pixel_size_is_an_error() -> None:
    file = parse_reward("version: 1\nname: t\nunits: {length: um}\nrewards: {foreground: 1}")
    with pytest.raises(RlsegError, match="pixel size"):
        Reward(file)


@pytest.mark.parametrize("name", ["intensity_mean", "intensity_std", "contrast"])
def test_raw_intensities_undo_the_normalisation(name: str) -> None:
    segments = random_segments(4)  # raw = 100 * unit + 7
    offset = 7.0 if name == "intensity_mean" else 0.0
    settings_of = "rewards: {{foreground: {{terms: {{t: {{kind: descriptor, property: {}, channel: 1, {}}}}}}}}}"
    head = "version: 1\nname: t\nunits: {{length: px, intensity: {}}}\n"
    unit = head.format("unit") + settings_of.format(name, "expected: 0.2, scale: 0.3")
    raw = head.format("raw") + settings_of.format(name, f"expected: {20 + offset}, scale: 30")
    a = Reward(parse_reward(unit)).evaluate(segments).segment_score
    b = Reward(parse_reward(raw)).evaluate(segments).segment_score
    np.testing.assert_allclose(a, b)


def test_a_channel_that_is_not_there_is_named() -> None:
    reward = compiled(TERM.format("kind: descriptor, property: contrast, channel: 5, expected: 0, scale: 1"))
    with pytest.raises(RlsegError, match=r"channel 5 .* 2 channel"):
        reward.evaluate(random_segments(0))


def test_parsed_terms_are_frozen() -> None:
    file = read(TERM.format("kind: descriptor, property: area, expected: 1, scale: 1"))
    with pytest.raises(ValueError, match="frozen"):
        file.rewards["foreground"].terms["term"].weight = 2.0  # type: ignore[union-attr]
