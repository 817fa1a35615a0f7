"""Terms and class rules in um and in raw intensities, and channels that are not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from partitions import random_image, random_regions, random_segments
from reward_text import compiled, read

from rlseg.errors import RlsegError
from rlseg.graph.rag import measure_regions
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.measure.segments import Segments
from rlseg.rewards.reward import Reward

TERM = "rewards: {{foreground: {{terms: {{term: {{{}}}}}}}}}"


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
    with pytest.raises(RlsegError, match="is in um, but the pixel size of the image is not known"):
        Reward(file).evaluate(random_segments(3))


def test_each_image_is_converted_by_its_own_pixel_size() -> None:
    text = (
        "version: 1\nname: t\nunits: {{length: {}}}\nclasses: {{big: {{kind: area, over: {}}}}}\nrewards:\n  big: 0\n"
        "  foreground: {{terms: {{p: {{kind: descriptor, property: perimeter, expected: {}, scale: {}}}}}}}"
    )
    in_um = Reward(parse_reward(text.format("um", 25, 20, 5)))
    for size in (0.25, 0.5):
        segments = random_segments(3)
        segments.regions = replace(segments.regions, pixel_size=(size, size))
        in_px = Reward(parse_reward(text.format("px", 25 / size**2, 20 / size, 5 / size)))
        a, b = in_um.evaluate(segments), in_px.evaluate(segments)
        np.testing.assert_array_equal(a.segment_class, b.segment_class)
        np.testing.assert_allclose(a.segment_score, b.segment_score)


def test_pixels_that_are_not_square_are_refused_by_name() -> None:
    segments = random_segments(3)
    segments.regions = replace(segments.regions, pixel_size=(0.5, 0.25))
    file = "version: 1\nname: t\nunits: {{length: {}}}\nrewards: {{foreground: 1}}"
    with pytest.raises(RlsegError, match=r"pixels of the image are 0\.5 um high and 0\.25 um wide"):
        Reward(parse_reward(file.format("um"))).evaluate(segments)
    Reward(parse_reward(file.format("px"))).evaluate(segments)


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


@pytest.mark.parametrize(
    "text",
    [
        TERM.format("kind: descriptor, property: intensity_mean, channel: 1, expected: 0, scale: 1"),
        "rewards: {foreground: 0.5}\nedges: {boundary_evidence: {weight: 1, between: [0, 1], channel: 1}}",
        "classes: {dark: {kind: descriptor, property: intensity_max, channel: 1, under: 0.1}}\n"
        "rewards: {dark: 0, foreground: 1}",
    ],
    ids=["term", "edges", "class"],
)
def test_the_relative_brightness_is_no_channel_of_the_image(text: str) -> None:
    """It is measured as one more channel, but the file says `channel` of what the user gave."""
    image = random_image(0)
    regions = measure_regions(image, random_regions(0).superpixels, level_channel=1)
    segments = Segments(regions, np.arange(regions.num_nodes)[None])
    with pytest.raises(RlsegError, match=r"no channel 1 for .*: the image has 1 channel\(s\)"):
        _ = compiled(text).evaluate(segments).edge_score


def test_parsed_terms_are_frozen() -> None:
    file = read(TERM.format("kind: descriptor, property: area, expected: 1, scale: 1"))
    with pytest.raises(ValueError, match="frozen"):
        file.rewards["foreground"].terms["term"].weight = 2.0  # type: ignore[union-attr]
