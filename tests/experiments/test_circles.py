"""Synthetic discs: what the truth says is what is in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import label

from experiments.drawings.circles import draw_circles
from rlseg.data.superpixels.gradient import GradientWatershed


@pytest.mark.parametrize("seed", range(4))
def test_truth_and_discs_agree(seed: int) -> None:
    drawn = draw_circles(seed)
    assert drawn.image.shape == (3, 256, 256)
    assert drawn.image.dtype == np.float32
    assert drawn.image.min() >= 0
    assert drawn.image.max() <= 1
    assert drawn.truth.dtype == np.int32
    assert 10 <= len(drawn.circles) <= 20
    rows, columns = np.indices(drawn.truth.shape)
    expected = np.zeros_like(drawn.truth)
    for number, (row, column, radius) in enumerate(drawn.circles, start=1):
        assert 10 <= radius <= 20
        assert radius <= min(row, column)
        assert max(row, column) <= 255 - radius
        expected[np.hypot(rows - row, columns - column) <= radius] = number
    np.testing.assert_array_equal(drawn.truth, expected)
    assert label(drawn.truth > 0, connectivity=2).max() == len(drawn.circles)


def test_the_seed_decides() -> None:
    one, same, other = draw_circles(5), draw_circles(5), draw_circles(6)
    np.testing.assert_array_equal(one.image, same.image)
    np.testing.assert_array_equal(one.truth, same.truth)
    assert not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("background", ["oriented", "radial"])
def test_stripes(background: str) -> None:
    """Discs and ground both have structure."""
    drawn = draw_circles(1, background=background)  # type: ignore[arg-type]
    ground = drawn.truth == 0
    assert drawn.image[:, ground].std(axis=1).max() > 0.05
    inside = [drawn.image[:, drawn.truth == n].std(axis=1).max() for n in range(1, len(drawn.circles) + 1)]
    assert np.median(inside) > 0.04


def test_settings() -> None:
    drawn = draw_circles(0, size=80, count=(3, 3), radius=(5, 6))
    assert drawn.image.shape == (3, 80, 80)
    assert len(drawn.circles) == 3
    assert 5 <= drawn.circles[:, 2].min() <= drawn.circles[:, 2].max() <= 6
    crowded = draw_circles(0, size=60, count=(50, 50), radius=(10, 10))
    assert 1 <= len(crowded.circles) < 50
    assert draw_circles(0, size=60, count=(0, 0)).circles.shape == (0, 3)


@pytest.mark.parametrize("seed", range(3))
def test_superpixels_can_hold_the_discs(seed: int) -> None:
    """The watershed of the gradient, projected to the truth, keeps nearly every disc."""
    drawn = draw_circles(seed)
    ids = GradientWatershed(sigma=1.5, min_size=20)(drawn.image)
    cover = np.zeros((ids.max() + 1, drawn.truth.max() + 1))
    np.add.at(cover, (ids.ravel(), drawn.truth.ravel()), 1)
    projected = cover.argmax(1)[ids]
    for number in range(1, drawn.truth.max() + 1):
        mine, true = projected == number, drawn.truth == number
        assert (mine & true).sum() / (mine | true).sum() > 0.8
