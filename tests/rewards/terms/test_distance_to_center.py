"""`distance_to_center` against masks."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import masks, random_segments
from scenes import ODD, centers, check_peak, drawn, odd, scores_of
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

TERM = "{{kind: distance_to_center, expected: {}, scale: {}, kernel: {}}}"
# the place in the file, and its row and column in an image
PLACES = {
    "image": lambda shape: ((shape[0] - 1) / 2, (shape[1] - 1) / 2),
    "[3.5, 40]": lambda shape: (3.5, 40),
    "[-10, 5]": lambda shape: (-10, 5),
}

test_range_names_and_place = properties_of(
    "{kind: distance_to_center, expected: [2, 4], scale: 5}",
    "{kind: distance_to_center, expected: 3, scale: 8, kernel: linear, side: above}",
)


def check(segments: Segments, place: str) -> None:
    found = scores_of(TERM.format("[8, 12]", 6, "linear"), segments, f"geometry: {{center: {place}}}")
    d = np.hypot(*(centers(masks(segments)) - PLACES[place](segments.regions.shape)).T)
    off = np.maximum(0, np.maximum(8 - d, d - 12))
    np.testing.assert_allclose(found, np.maximum(0, 1 - off / 6), atol=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_against_masks(place: str) -> None:
    check(random_segments(0), place)


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name), "image")


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


def test_farther_from_expected_is_worse() -> None:
    labels = np.arange(60)[None].repeat(2, axis=0)  # columns, at the distances 0, 1, 2 ...
    scores = scores_of(TERM.format("[20, 25]", 9, "gaussian"), drawn(labels), "geometry: {center: [0.5, 0]}")
    assert scores[20:26] == pytest.approx(1)
    check_peak(scores[:21].tolist(), best=20)
    check_peak(scores[25:].tolist(), best=0)
