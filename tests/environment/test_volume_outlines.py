"""Outlines of objects in a volume, moved to where their brightness says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import rlseg.regions
from rlseg.data import Preparation
from rlseg.environment import Refinement, refine_objects
from rlseg.environment.level_cut import cut_at
from rlseg.environment.refine import where_to_cut
from rlseg.graph import Sample
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward

CONTRAST = """
version: 1
name: bright
dimensions: 3
units: {length: px, intensity: unit}
rewards:
  foreground: {terms: {a: {kind: descriptor, property: contrast, expected: 0.5, scale: 0.3, side: below}}}
"""


def two_balls(distance: float) -> tuple[Sample, np.ndarray, np.ndarray]:
    """A prepared volume, its truth, and for each voxel the distance from the middle of the nearer ball in px."""
    z, r, c = np.indices((round(28 / distance), 32, 48)).astype(float)
    z = (z + 0.5) * distance - 14
    far = np.stack([np.sqrt(z**2 + (r - 15.5) ** 2 + (c - place) ** 2) for place in (13, 35)])
    image = 0.1 + 0.7 * ndimage.gaussian_filter((far.min(axis=0) < 8).astype(float), [1 / distance, 1, 1])
    image += np.random.default_rng(0).normal(0, 0.01, image.shape)
    truth = np.where(far.min(axis=0) < 8, far.argmin(axis=0) + 1, 0).astype(np.int32)
    prepare = Preparation(volume=True, plane_distance=distance, noise_floor=10.0)
    return prepare(image[None].astype(np.float32), "balls"), truth, far.min(axis=0)


@pytest.mark.parametrize("distance", [1.0, 2.0])
def test_outlines_are_moved_to_half_of_the_brightness(distance: float) -> None:
    sample, truth, far = two_balls(distance)
    reward = Reward(parse_reward(CONTRAST))
    for wrong in (6.0, 8.8):
        near = np.where(far < wrong, np.where(np.arange(48) < 24, 1, 2), 0).astype(np.int32)
        refined = refine_objects(sample, near, reward, Refinement(loss=1.0))
        for number in (1, 2):
            shared = np.count_nonzero((refined == number) & (truth == number))
            assert shared / np.count_nonzero((refined == number) | (truth == number)) > 0.93
    assert not refine_objects(sample, np.zeros_like(truth), reward, Refinement()).any()


def test_zones_reach_so_many_px_along_all_axes() -> None:
    sample, truth, _ = two_balls(2.0)
    small = np.zeros_like(truth)
    small[7, 15, 13] = 1
    _, zone = where_to_cut(sample, small, 4)
    places = np.argwhere(zone != 0) - (7, 15, 13)
    np.testing.assert_array_equal(np.abs(places).max(axis=0), [2, 4, 4])


def test_zones_and_reliefs_are_the_same_some_planes_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sample, truth, _ = two_balls(2.0)
    whole = where_to_cut(sample, truth, 3)
    monkeypatch.setattr(rlseg.regions, "SLAB", 3 * truth[0].size)
    assert not truth[:2].any()  # where nothing lies near there is no zone
    for one, other in zip(where_to_cut(sample, truth, 3), whole, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_largest_bright_piece_without_its_holes_is_taken_and_nothing_of_others() -> None:
    above = np.zeros((5, 5, 9), np.float32)
    above[:, :, :5] = 1.0
    above[2, 2, 2] = 0.0  # a hole
    above[2, 2, 8] = 1.0  # a piece apart
    labels = np.zeros(above.shape, np.int32)
    labels[1:4, 1:4, 1:4] = 2
    labels[4, 4, 8] = 1  # dark
    zone = np.full(above.shape, 2, np.int32)
    zone[4, 4, 6:] = 1
    zone[0, 0, 0] = -1
    found = cut_at(above, labels, zone, 0.5)
    expected = np.zeros_like(found)
    expected[:, :, :5] = 2
    expected[0, 0, 0] = 0
    np.testing.assert_array_equal(found, expected)
