"""Filled rims."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import morphology

from rlseg.data.looking.holes import area_closing


@pytest.mark.parametrize("levels", [3, 6, 1000])
@pytest.mark.parametrize("largest", [1, 2, 5, 17, 45])
def test_is_the_area_closing(levels: int, largest: int) -> None:
    random = np.random.default_rng(levels)
    for shape in ((20, 31), (31, 20), (7, 7), (5, 9, 8)):
        image = random.integers(0, levels, shape).astype(np.float64)
        assert np.array_equal(area_closing(image, largest), morphology.area_closing(image, largest, connectivity=1))


def test_a_rim_becomes_a_disc() -> None:
    rows, columns = np.indices((40, 40))
    away = np.hypot(rows - 20, columns - 20)
    image = np.where((away > 8) & (away < 11), 1.0, 0.1)
    filled = area_closing(image, 400)
    assert np.array_equal(filled > 0.5, away < 11)
    assert np.array_equal(area_closing(image, 100), image)  # too small for the hole
