"""Blurred images get the outlines of sharp ones."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from rlseg.data.normalise import Normalisation
from rlseg.data.prepare import Preparation
from rlseg.data.superpixels.blur import BlurCorrection, outline_slope, outline_slopes
from rlseg.data.superpixels.brightness import relative_brightness
from rlseg.io.read import read_image

NUCLEI = Path(__file__).parents[2] / "experiments" / "data" / "nuclei" / "train" / "images"


def discs(sigma: float) -> np.ndarray:
    """(H, W) nine discs of radius 9 px, blurred by a Gaussian."""
    rows, columns = np.indices((120, 120))
    clear = np.hypot((rows - 20) % 40 - 20, (columns - 20) % 40 - 20) > 11
    return ndimage.gaussian_filter(1.0 - clear, sigma)


def slow_slope(level: np.ndarray) -> float:
    """Object by object, pixel by pixel."""
    slope = ndimage.gaussian_gradient_magnitude(np.clip(level, 0, 1.5), 0.7)
    pieces, count = ndimage.label(level > 0.5)
    means = []
    for number in range(1, count + 1):
        inside = np.argwhere(pieces == number)
        if len(inside) < 20:
            continue
        rim = []
        for r, c in inside:
            beside = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
            # the border of the image counts as outside
            if any(
                not (0 <= y < level.shape[0] and 0 <= x < level.shape[1]) or pieces[y, x] != number for y, x in beside
            ):
                rim.append(slope[r, c])
        means.append(np.mean(rim))
    return float(np.median(means))


@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_slope(sigma: float) -> None:
    level = discs(sigma) + 0.05 * np.random.default_rng(0).random((120, 120))
    assert outline_slope(level) == pytest.approx(slow_slope(level))


def test_slopes_come_with_the_boxes_of_their_pieces() -> None:
    level = ndimage.gaussian_filter(np.random.default_rng(0).random((60, 70)), 2) * 20 - 9.5
    pieces, _ = ndimage.label(level > 0.5)
    large = [box for number, box in enumerate(ndimage.find_objects(pieces), 1) if np.sum(pieces == number) >= 20]
    slopes, boxes = outline_slopes(level)
    assert boxes.tolist() == [[rows.start, columns.start, rows.stop, columns.stop] for rows, columns in large]
    assert len(slopes) == len(large) > 3


def test_slope_falls_with_blur_and_not_with_brightness() -> None:
    slopes = [outline_slope(relative_brightness(discs(sigma)).level) for sigma in (0.8, 1.5, 2.5, 3.5)]
    assert all(a > b for a, b in itertools.pairwise(slopes))
    dim = outline_slope(relative_brightness(0.3 * discs(1.5) + 0.2).level)
    assert dim == pytest.approx(slopes[1], rel=0.02)


@pytest.mark.parametrize("image", [np.zeros((9, 7)), np.ones((9, 7)), np.eye(12), np.zeros((1, 1))])
def test_nothing_to_measure(image: np.ndarray) -> None:
    found = BlurCorrection()(relative_brightness(image))
    assert found.level.shape == image.shape
    assert np.isfinite(found.level).all()


def test_correction() -> None:
    sharp, blurred = relative_brightness(discs(1.0)), relative_brightness(discs(4.0))
    correct = BlurCorrection(slope=(outline_slope(sharp.level) + outline_slope(blurred.level)) / 2, exponent=0.5)
    assert correct(sharp) is sharp
    found = correct(blurred)
    up = blurred.level > 0
    assert np.allclose(found.level[up], np.sqrt(blurred.level[up]))
    assert np.array_equal(found.level[~up], blurred.level[~up])
    assert found.basins is blurred.basins
    assert found.shapes is blurred.shapes
    assert BlurCorrection(slope=0)(blurred) is blurred


def test_preparation_uses_it_for_everything_but_the_superpixels() -> None:
    raw = 100 * discs(4.0)[None]
    plain, corrected = (Preparation(blur=BlurCorrection(slope=s))(raw.astype(np.float32)) for s in (0.0, 9.0))
    assert np.array_equal(plain.superpixels, corrected.superpixels)
    assert np.allclose(corrected.level, np.clip(plain.level, 0, None) ** 0.6, atol=1e-5)
    channel = corrected.regions.level_channel
    ids = corrected.superpixels.ravel()
    sums = np.bincount(ids, weights=corrected.level.ravel().astype(np.float64))
    assert np.allclose(corrected.regions.intensity_sum[:, channel], sums, rtol=1e-5)
    assert not np.allclose(plain.edge_features, corrected.edge_features)


def test_a_fifth_of_the_nuclei_is_blurred() -> None:
    slopes = []
    for path in sorted(NUCLEI.iterdir())[::7]:
        image = Normalisation().apply(read_image(path).pixels).pixels.mean(axis=0)
        slopes.append(outline_slope(relative_brightness(image.astype(np.float64)).level))
    blurred = np.array(slopes) < BlurCorrection().slope
    assert 0.1 < blurred.mean() < 0.3
