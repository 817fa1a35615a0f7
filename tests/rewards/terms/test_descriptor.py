"""`descriptor` against descriptors measured on masks; the descriptors have tests of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import random_image, random_segments
from scenes import ODD, check_peak, drawn, growing, odd, odd_image, scores_of
from slow_descriptors import objects
from term_properties import properties_of

from rlseg.rewards.measure.segments import Segments

test_range_names_and_place = properties_of(
    "{kind: descriptor, property: area, expected: 90, scale: 60, kernel: linear}",
    "{kind: descriptor, property: orientation, expected: 80, scale: 30}",
    "{kind: descriptor, property: intensity_std, channel: 1, expected: 0.1, kernel: ratio}",
)


def check(segments: Segments, image: np.ndarray) -> None:
    """A plain number, an interval of one channel with a wrong side, a ratio, and an angle."""
    things = objects(segments, image, channel=1)
    area, bright, angle = (
        np.array([thing.measure(name) for thing in things]) for name in ("area", "intensity_mean", "orientation")
    )
    found = scores_of("{kind: descriptor, property: area, expected: 50, scale: 60}", segments)
    np.testing.assert_allclose(found, np.exp(-(((area - 50) / 60) ** 2) / 2), atol=1e-12)
    term = "{{kind: descriptor, property: intensity_mean, channel: 1, expected: [0.45, 0.5], {}}}"
    found = scores_of(term.format("scale: 0.1, kernel: linear, side: above"), segments)
    np.testing.assert_allclose(found, np.clip(1 - (bright - 0.5) / 0.1, 0, 1), atol=1e-9)
    found = scores_of(term.format("kernel: ratio"), segments)
    np.testing.assert_allclose(found, np.minimum(1, np.minimum(bright / 0.45, 0.5 / bright)), atol=1e-9)
    found = scores_of("{kind: descriptor, property: orientation, expected: 80, scale: 70, kernel: linear}", segments)
    apart = np.abs((angle - 80 + 90) % 180 - 90)
    long = [thing.has_axis for thing in things]
    np.testing.assert_allclose(found[long], np.maximum(0, 1 - apart / 70)[long], atol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), pieces=st.integers(1, 40))
def test_against_masks(seed: int, pieces: int) -> None:
    check(random_segments(seed, pieces=pieces), random_image(seed))


@pytest.mark.parametrize("name", ODD)
def test_odd_objects(name: str) -> None:
    check(odd(name), odd_image(name))


@pytest.mark.parametrize("rest", ["scale: 100", "scale: 600, kernel: linear", "kernel: ratio"])
def test_farther_from_expected_is_worse(rest: str) -> None:
    term = f"{{kind: descriptor, property: area, expected: 144, {rest}}}"
    check_peak([scores_of(term, s)[1] for s in growing([(12, width) for width in range(2, 42, 5)])], best=2)


def test_angles_farther_from_expected_are_worse() -> None:
    """Past the level axis, where -90 follows on 90."""
    level = drawn(np.pad(np.ones((1, 5), int), 3))
    term = "{{kind: descriptor, property: orientation, expected: {}, scale: 40}}"
    angles = [10, 30, 50, 70, 90, -70, -50, -30, -10]
    check_peak([scores_of(term.format(angle), level)[1] for angle in angles], best=4)
