"""The class `largest_overlap` against pixel counts, partition by partition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import drawn

from rlseg.rewards.measure.segments import Segments

FILE = (
    "geometry: {{center: {}}}\nclasses: {{zone: {{kind: largest_overlap, distance: {{{}: {}}}}}}}\n"
    "rewards: {{zone: 0, foreground: 1}}"
)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    pieces=st.integers(1, 20),
    side=st.sampled_from(["over", "under"]),
    row=st.floats(-5, 30),
    column=st.floats(-5, 45),
    radius=st.floats(0.1, 60),
)
def test_against_pixel_counts(seed: int, pieces: int, side: str, row: float, column: float, radius: float) -> None:
    segments = random_segments(seed, pieces=pieces, shape=(24, 40), count=40)
    found = compiled(FILE.format([row, column], side, radius)).evaluate(segments).segment_class == 0
    rows, columns = np.indices((24, 40))
    distance = np.sqrt((rows - row) ** 2 + (columns - column) ** 2)
    zone = distance > radius if side == "over" else distance < radius
    pixels = np.array([(mask & zone).sum() for mask in masks(segments)])
    for k in range(3):
        own = np.flatnonzero(segments.partition == k)
        best = pixels[own].max()
        assert found[own].sum() == (best > 0)
        if best > 0:
            assert pixels[own[found[own]]] == [best]


def test_a_pixel_at_the_radius_belongs_to_neither_side() -> None:
    line = drawn(np.array([[0, 1, 2, 3, 4]]))
    assert (compiled(FILE.format([0, 0], "over", 3)).evaluate(line).segment_class == 0).tolist() == [0, 0, 0, 0, 1]
    assert (compiled(FILE.format([0, 0], "under", 1)).evaluate(line).segment_class == 0).tolist() == [1, 0, 0, 0, 0]
    assert (compiled(FILE.format([0, 0], "over", 4)).evaluate(line).segment_class == 0).sum() == 0


def test_ties_do_not_depend_on_the_names_of_segments() -> None:
    regions = drawn(np.arange(6).reshape(2, 3)).regions
    reward = compiled(FILE.format("image", "over", 0.5))
    for names in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [7, 7, 7, 3, 3, 3]):
        segments = Segments(regions, np.array([names]))
        found = reward.evaluate(segments).segment_class[segments.labels[0]]
        assert found.tolist() == [0, 0, 0, 1, 1, 1]


def test_um_is_the_same_reward_in_other_words() -> None:
    from rlseg.rewards.language.load import parse_reward
    from rlseg.rewards.reward import Reward

    segments = random_segments(2)
    head = "version: 1\nname: t\nunits: {{length: {}}}\n"
    in_px = Reward(parse_reward(head.format("px") + FILE.format([12, 20], "under", 9)))
    in_um = Reward(parse_reward(head.format("um") + FILE.format([3, 5], "under", 2.25)), pixel_size=0.25)
    np.testing.assert_array_equal(in_px.evaluate(segments).segment_class, in_um.evaluate(segments).segment_class)


@pytest.mark.parametrize("outside", [True, False])
def test_zones_are_counted_once_for_each_image(outside: bool) -> None:
    regions = random_segments(0).regions
    first = regions.pixels_of_zone(10, 20, 8, outside)
    assert regions.pixels_of_zone(10, 20, 8, outside) is first
    moved = replace(regions, superpixels=np.ascontiguousarray(regions.superpixels[::-1]))
    assert (moved.pixels_of_zone(10, 20, 8, outside) != first).any()
