"""One drawn scene in several looks and sizes: the search that starts a training finds the same objects."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from rlseg.data import Preparation
from rlseg.environment import Refinement, SegmentationEnvironment, refine_objects, search_objects
from rlseg.metrics import score_image
from rlseg.regions import of_pixels
from rlseg.rewards import Reward, of_single_segments
from rlseg.rewards.language import RewardFile, parse_reward

RULES = """
version: 1
name: discs
units: {{length: {unit}, intensity: unit}}
objects: {{width: [{low:g}, {high:g}], look: {look}}}
classes: {{background: {{kind: area, over: {large:g}}}, debris: {{kind: area, under: {small:g}}}}}
rewards:
  foreground:
    combine: geometric
    terms:
      size: {{kind: descriptor, property: equivalent_diameter_area, expected: [{low:g}, {high:g}], scale: {scale:g}}}
      oval: {{kind: descriptor, property: eccentricity, expected: 0.6, scale: 0.15, side: above}}
      smooth: {{kind: descriptor, property: solidity, expected: 0.95, scale: 0.04, side: below}}
  debris: 0
  background: 0
edges: {{cut: foreground, background: near, missed: 1}}
"""


def rules(look: str, times: float = 1.0, unit: str = "px") -> RewardFile:
    low, high = 12 * times, 16 * times
    return parse_reward(
        RULES.format(
            look=look, unit=unit, low=low, high=high, large=500 * times**2, small=30 * times**2, scale=2 * times
        )
    )


@cache
def places(seed: int) -> tuple[tuple[float, ...], ...]:
    random = np.random.default_rng(seed)
    kept: list[tuple[float, ...]] = []
    while len(kept) < 45:
        row, column = random.uniform(9, 151, 2)
        if all(np.hypot(row - r, column - c) > 14.5 for r, c, *_ in kept):
            radius = random.uniform(6, 8)
            if all(np.hypot(row - r, column - c) > radius + a + 0.5 for r, c, a, _ in kept):
                kept.append((row, column, radius, random.uniform(0.75, 1.0)))
        elif random.random() < 0.01:
            break
    return tuple(kept)


def scene(look: str, times: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(C, H, W) as stored and (H, W) labels: discs of 12 to 16 px, times a factor, on uneven ground with noise."""
    side = int(160 * times)
    rows, columns = (np.indices((side, side)) + 0.5) / times
    truth = np.zeros((side, side), np.int32)
    shape = np.zeros((side, side))
    for number, (row, column, radius, bright) in enumerate(places(seed), start=1):
        away = np.hypot(rows - row, columns - column)
        truth[away < radius] = number
        shape[(away < radius) & (away > radius - 2.5 if look == "outlined" else True)] = bright
    shape = ndimage.gaussian_filter(shape, 0.8 * times)
    ground = 0.3 + 0.08 * np.sin(columns / 90)
    if look == "different":
        image = np.stack([ground + step * shape for step in (0.2, -0.25, 0.4)])
    else:
        image = (ground + 0.5 * shape)[None]
    image = 1 - image if look == "darker" else image
    image = image + np.random.default_rng(seed).normal(0, 0.02, image.shape)
    return (1000 + 3000 * image).astype(np.float32), truth


def found(file: RewardFile, raw: np.ndarray, **settings: object) -> np.ndarray:
    judge = Reward(file)
    single, _ = of_single_segments(judge)
    settings = {"superpixels": {"kind": "level_sets"}, **settings}
    sample = Preparation.model_validate({"objects": file.objects, **settings})(raw)
    chosen = search_objects(sample.regions, sample.guide, lambda s: single.evaluate(s).foreground_score)
    outcome = SegmentationEnvironment(judge).judge(sample, chosen.labels[None])
    labels = of_pixels(outcome.objects(0, 0.3), sample.superpixels).astype(np.int32)
    return refine_objects(sample, labels, judge, Refinement(loss=0.3))


@cache
def score(look: str, times: float = 1.0) -> float:
    raw, truth = scene(look, times)
    return score_image(found(rules(look, times), raw), truth).summary.mean_ap


@pytest.mark.parametrize("look", ["darker", "different", "outlined"])
def test_looks_are_equal(look: str) -> None:
    assert score("brighter") > 0.95
    assert score(look) == pytest.approx(score("brighter"), abs=0.03)


@pytest.mark.parametrize("times", [0.5, 2, 3, 4])
def test_sizes_are_equal(times: float) -> None:
    assert score("brighter", times) == pytest.approx(score("brighter"), abs=0.05)
