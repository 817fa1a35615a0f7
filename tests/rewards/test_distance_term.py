"""`distance_to_center`, term and class rule, against masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import masks, random_segments
from reward_text import compiled
from scenes import centers, drawn, scores_of

TERM = "{{kind: distance_to_center, expected: {}, scale: {}, kernel: {}}}"


def distances(segments, row: float, column: float) -> np.ndarray:
    return np.hypot(*(centers(masks(segments)) - [row, column]).T)


@pytest.mark.parametrize("place", ["image", "[3.5, 40]", "[-10, 5]"])
def test_against_masks(place: str) -> None:
    segments = random_segments(0)
    row, column = {"image": (19.5, 27.5), "[3.5, 40]": (3.5, 40), "[-10, 5]": (-10, 5)}[place]
    found = scores_of(TERM.format("[8, 12]", 6, "linear"), segments, f"geometry: {{center: {place}}}")
    d = distances(segments, row, column)
    off = np.maximum(0, np.maximum(8 - d, d - 12))
    np.testing.assert_allclose(found, np.maximum(0, 1 - off / 6), atol=1e-12)


def test_um_is_the_same_reward_in_other_words() -> None:
    segments = random_segments(1)
    in_px = scores_of(TERM.format(10, 4, "gaussian"), segments, "geometry: {center: [12, 30]}")
    in_um = scores_of(
        TERM.format(5, 2, "gaussian"), segments, "geometry: {center: [6, 15]}", length="um", pixel_size=0.5
    )
    np.testing.assert_allclose(in_px, in_um)
    middle = "geometry: {center: image}"
    np.testing.assert_allclose(
        scores_of(TERM.format(10, 4, "gaussian"), segments, middle),
        scores_of(TERM.format(5, 2, "gaussian"), segments, middle, length="um", pixel_size=0.5),
    )


@given(row=st.integers(0, 8), column=st.integers(0, 8), down=st.integers(0, 30), right=st.integers(0, 30))
@settings(max_examples=20, deadline=None)
def test_content_and_center_move_together(row: int, column: int, down: int, right: int) -> None:
    def score(dr: int, dc: int) -> float:
        labels = np.zeros((40, 40), int)
        labels[1 + dr : 4 + dr, 2 + dc : 8 + dc] = 1
        return scores_of(
            TERM.format(3, 2, "gaussian"), drawn(labels), f"geometry: {{center: [{row + dr}, {column + dc}]}}"
        )[1]

    assert score(0, 0) == pytest.approx(score(down, right))


def test_farther_from_expected_is_never_better() -> None:
    labels = np.arange(60)[None].repeat(2, axis=0)
    scores = scores_of(TERM.format("[20, 25]", 9, "gaussian"), drawn(labels), "geometry: {center: [0.5, 0]}")
    assert (np.diff(scores[:20]) > 0).all()
    assert scores[20:26] == pytest.approx(1)
    assert (np.diff(scores[25:]) < 0).all()


@pytest.mark.parametrize(("rule", "expected"), [("over: 12", 12), ("under: 12", -12), ("outside: [5, 12]", 0)])
def test_the_class_rule_is_strict(rule: str, expected: int) -> None:
    segments = drawn(np.arange(30)[None])  # one pixel each, at distances 0, 1, 2 ...
    d = np.arange(30)
    reward = compiled(
        f"geometry: {{center: [0, 0]}}\nclasses: {{far: {{kind: distance_to_center, {rule}}}}}\n"
        "rewards: {far: 0, foreground: 1}"
    )
    wanted = {12: d > 12, -12: d < 12, 0: (d < 5) | (d > 12)}[expected]
    np.testing.assert_array_equal(reward.evaluate(segments).segment_class == 0, wanted)
