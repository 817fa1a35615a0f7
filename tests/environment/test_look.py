"""What drawn objects look like, whatever their size, contrast and noise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from rlseg.environment.look import Profiles, profiles_of

SHAPE = (150, 180)


def discs(radius: int, gap: int) -> np.ndarray:
    labels = np.zeros(SHAPE, np.int32)
    rows, columns = np.indices(SHAPE)
    step = 2 * radius + gap
    number = 0
    for row in range(step // 2 + 4, SHAPE[0] - radius, step):
        for column in range(step // 2 + 4, SHAPE[1] - radius, step):
            number += 1
            labels[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = number
    return labels


def drawn(labels: np.ndarray, inside: float, rim: float, noise: float = 0.02) -> np.ndarray:
    """Ground .5, objects and a rim of 3 px around their outlines of other values, blurred, with noise."""
    image = np.where(labels > 0, inside, 0.5)
    if rim:
        objects = labels > 0
        image[ndimage.binary_dilation(objects, iterations=2) & ~ndimage.binary_erosion(objects)] = rim
    rng = np.random.default_rng(0)
    return ndimage.gaussian_filter(image, 0.7) + rng.normal(0, noise, labels.shape)


@pytest.mark.parametrize("radius", [5, 10, 20])
@pytest.mark.parametrize(
    ("inside", "rim", "look"),
    [
        (0.8, 0, "brighter"),
        (0.2, 0, "darker"),
        (0.5, 0.9, "outlined"),
        (0.5, 0.1, "outlined"),
        (0.46, 0.9, "outlined"),
        (0.5, 0, "different"),
        (0.9, 0.7, "brighter"),
    ],
)
def test_drawn_scenes(radius: int, inside: float, rim: float, look: str) -> None:
    labels = discs(radius, 14)
    assert profiles_of(drawn(labels, inside, rim), labels).look == look


def test_the_sign_of_the_ridge_and_of_the_step() -> None:
    labels = discs(10, 14)
    bright, dark = (profiles_of(drawn(labels, 0.5, rim), labels) for rim in (0.9, 0.1))
    assert (bright.ridge > 1).all()
    assert (dark.ridge < -1).all()
    stepped = profiles_of(drawn(labels, 0.8, 0), labels)
    assert (stepped.apart > 1).all()
    assert (np.abs(stepped.ridge) < stepped.apart).all()


def test_cells_that_fill_the_image() -> None:
    labels = (np.arange(SHAPE[0])[:, None] // 20 * 9 + np.arange(SHAPE[1]) // 20 + 1).astype(np.int32)
    image = np.full(SHAPE, 0.3)
    image[::20], image[:, ::20] = 0.9, 0.9
    image += np.random.default_rng(0).normal(0, 0.02, SHAPE)
    assert profiles_of(image, labels).look == "outlined"


def test_only_most_must_agree() -> None:
    bright, dark = np.full(7, 3.0), np.full(3, -3.0)
    nothing = np.zeros(7)
    assert (Profiles(bright, nothing) + Profiles(dark, nothing[:3])).look == "brighter"
    assert (Profiles(bright, nothing) + Profiles(np.full(7, -3.0), nothing)).look == "different"
    assert Profiles(nothing[:0], nothing[:0]).look == "different"


def test_one_object_without_surroundings() -> None:
    found = profiles_of(np.random.default_rng(0).random((9, 9)), np.ones((9, 9), np.int32))
    np.testing.assert_array_equal([found.apart, found.ridge], [[0.0], [0.0]])
