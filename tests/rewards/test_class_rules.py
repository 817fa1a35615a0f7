"""Class rules against masks, at their thresholds; `largest_overlap` has a file of its own."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import masks, random_segments
from reward_text import compiled
from scenes import drawn


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


@pytest.mark.parametrize(("rule", "expected"), [("over: 12", 12), ("under: 12", -12), ("outside: [5, 12]", 0)])
def test_distances_are_strict(rule: str, expected: int) -> None:
    segments = drawn(np.arange(30)[None])  # one pixel each, at distances 0, 1, 2 ...
    d = np.arange(30)
    reward = compiled(
        f"geometry: {{center: [0, 0]}}\nclasses: {{far: {{kind: distance_to_center, {rule}}}}}\n"
        "rewards: {far: 0, foreground: 1}"
    )
    wanted = {12: d > 12, -12: d < 12, 0: (d < 5) | (d > 12)}[expected]
    np.testing.assert_array_equal(reward.evaluate(segments).segment_class == 0, wanted)
