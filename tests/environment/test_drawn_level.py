"""The level at which somebody has drawn outlines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from rlseg.data.prepare import Preparation
from rlseg.environment.drawn_level import TRIED, drawn_levels
from rlseg.graph.sample import Sample
from rlseg.rewards.objects import Objects

PLACES = ((18, 18, 8), (20, 46, 9), (48, 20, 7), (46, 48, 10))


def blurred(place: tuple[int, int, int]) -> np.ndarray:
    """(64, 64) brightness of a disc over its ground, blurred and between 0 and 1."""
    rows, columns = np.indices((64, 64))
    inside = np.hypot(rows - place[0], columns - place[1]) <= place[2]
    return ndimage.gaussian_filter(inside.astype(float), 2.0)


def scene(sign: int) -> Sample:
    noise = np.random.default_rng(0).normal(0, 0.5, (64, 64))
    image = 150 + noise + sign * 100 * sum(blurred(place) for place in PLACES)
    objects = Objects(width=(14, 20), look="brighter" if sign > 0 else "darker")
    return Preparation(objects=objects)(image[None].astype(np.float32), "discs")


def drawn(level: float) -> np.ndarray:
    """Each disc where its blurred version is brighter than a share of its inside."""
    labels = np.zeros((64, 64), np.int32)
    for number, place in enumerate(PLACES, start=1):
        above = blurred(place)
        labels[above > level * np.median(above[above > 0.5])] = number
    return labels


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("level", [0.4, 0.5, 0.65])
def test_the_level_at_which_discs_are_drawn_is_found(sign: int, level: float) -> None:
    found = drawn_levels(scene(sign), drawn(level))
    assert found.shape == (4,)
    np.testing.assert_allclose(np.median(found), level, atol=0.08)


def test_a_number_that_does_not_occur_and_an_object_without_contrast_have_none() -> None:
    labels = drawn(0.5)
    labels[labels == 2] = 0
    labels[30:36, 2:8] = 5  # plain ground
    found = drawn_levels(scene(1), labels)
    assert np.isnan(found[1])
    assert np.isnan(found[4])
    assert np.isin(found[[0, 2, 3]], TRIED).all()


def test_no_object_has_no_level() -> None:
    assert drawn_levels(scene(1), np.zeros((64, 64), np.int32)).shape == (0,)
