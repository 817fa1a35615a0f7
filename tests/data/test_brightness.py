"""Noise, local background and relative brightness of images whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitions import blobs
from scipy import ndimage

from rlseg.data.superpixels.background import local_background
from rlseg.data.superpixels.brightness import (
    _bright_ends,
    depth,
    noise_level,
    pixel_differences,
    relative_brightness,
)


@pytest.mark.parametrize("sigma", [0.01, 0.05])
def test_noise_level_of_noise_on_a_gradient(sigma: float) -> None:
    rng = np.random.default_rng(0)
    rows, columns = np.indices((128, 128)) / 128
    image = rows + 2 * columns + rng.normal(0, sigma, (128, 128))
    image[40:60, 40:60] += 5  # outlines do not disturb the median
    assert noise_level(pixel_differences(image)) == pytest.approx(sigma, rel=0.1)


def test_noise_level_of_mostly_flat_images_is_not_zero() -> None:
    image = np.zeros((64, 64))
    image[:20, :20] = np.random.default_rng(0).random((20, 20))
    assert noise_level(pixel_differences(image)) > 1e-6
    assert noise_level(pixel_differences(np.full((5, 5), 3.0))) == 1e-6


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 3), (64, 48), (65, 50), (130, 7)])
def test_background_keeps_its_shape_and_ignores_objects(shape: tuple[int, int]) -> None:
    image = np.full(shape, 0.3)
    assert local_background(image) == pytest.approx(image)
    if min(shape) > 40:
        image[10:18, 10:18] = 1.0
        assert local_background(image) == pytest.approx(np.full(shape, 0.3), abs=0.01)


def test_level_is_zero_in_the_background_and_one_in_every_object() -> None:
    """Two discs of very different brightness on an offset: relative to its own peak each one is about 1."""
    rows, columns = np.indices((96, 96))
    image = np.full((96, 96), 0.1)
    dim, bright = (((rows - 30) ** 2 + (columns - c) ** 2) < 100 for c in (25, 70))
    image[dim], image[bright] = 0.4, 1.0
    found = relative_brightness(image + np.random.default_rng(0).normal(0, 0.002, image.shape))
    for disc in (dim, bright):
        inside = ndimage.binary_erosion(disc, iterations=2)
        assert found.level[inside] == pytest.approx(np.ones(inside.sum()), abs=0.1)
        assert len(np.unique(found.basins[disc])) == 1
    assert found.basins[30, 25] != found.basins[30, 70]
    outside = ~ndimage.binary_dilation(dim | bright, iterations=3)
    assert abs(found.level[outside]).max() < 0.1


def test_level_does_not_know_the_contrast_of_the_image() -> None:
    image = blobs(0)[0].astype(np.float64) / 1000
    one, half = relative_brightness(image), relative_brightness(image / 2 + 0.3)
    assert half.level == pytest.approx(one.level, abs=1e-6)
    assert (half.basins == one.basins).all()


def test_touching_discs_of_equal_brightness_are_two_shapes() -> None:
    rows, columns = np.indices((60, 80))
    discs = [(rows - 30) ** 2 + (columns - c) ** 2 < 12**2 for c in (28, 50)]
    found = relative_brightness(0.1 + 0.8 * (discs[0] | discs[1]).astype(np.float64))
    assert found.shapes[30, 28] != found.shapes[30, 50]
    assert found.basins[30, 28] != found.basins[30, 50]
    # a single disc is one
    found = relative_brightness(0.1 + 0.8 * discs[0].astype(np.float64))
    assert len(np.unique(found.shapes[discs[0]])) == 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), height=st.integers(1, 12), width=st.integers(1, 12), levels=st.sampled_from([0, 1, 3])
)
def test_ids_start_at_zero_without_gaps(seed: int, height: int, width: int, levels: int) -> None:
    image = np.random.default_rng(seed).random((height, width))
    if levels:
        image = np.round(image * levels) / levels
    found = relative_brightness(image)
    assert np.isfinite(found.level).all()
    for ids in (found.basins, found.shapes):
        assert ids.dtype == np.int32
        assert np.unique(ids).tolist() == list(range(ids.max() + 1))


def test_a_bright_frame_fills_the_image() -> None:
    """Filled holes can make everything bright: there is no outside then, and one shape."""
    image = np.zeros((40, 40))
    image[:3] = image[-3:] = image[:, :3] = image[:, -3:] = 1.0
    found = relative_brightness(image)
    assert np.isfinite(found.level).all()
    assert found.shapes.max() == 0


def test_depth_against_a_slow_reference() -> None:
    mask = np.random.default_rng(0).random((9, 13)) < 0.8
    outside = np.argwhere(~mask)
    for r, c in np.ndindex(*mask.shape):
        expected = np.hypot(*(outside - (r, c)).T).min() if mask[r, c] else 0.0
        assert depth(mask)[r, c] == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (1, 7)])
def test_depth_without_an_outside_is_zero(shape: tuple[int, int]) -> None:
    assert not depth(np.ones(shape, bool)).any()
    assert not depth(np.zeros(shape, bool)).any()


@pytest.mark.parametrize("offset", [0.0, -3.0])
def test_bright_ends_against_a_slow_reference(offset: float) -> None:
    rng = np.random.default_rng(1)
    above, basins = rng.random((20, 30)) + offset, rng.integers(0, 9, (20, 30)).astype(np.int32)
    got = _bright_ends(above, basins, 9)
    for n in range(9):
        values = above[basins == n]
        top = values.max()
        assert got[n] == pytest.approx(values[values >= top - 0.1 * abs(top)].mean())


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 3), (40, 31)])
def test_pixel_differences_are_those_of_scipy(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random(shape)
    kernel = np.outer([1, -2, 1], [1, -2, 1])
    assert np.array_equal(pixel_differences(image), np.abs(ndimage.convolve(image, kernel, mode="reflect")) / 6)
