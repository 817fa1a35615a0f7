"""Pieces of images around one object."""

from __future__ import annotations

import numpy as np
import pytest

from rlseg.pictures.crop import MARGIN, draw_crop

OUTLINE = (255, 214, 64)


@pytest.mark.parametrize("corner", [(40, 50), (0, 0), (90, 0), (95, 95)])
def test_the_object_is_in_the_middle_and_outlined(corner: tuple[int, int]) -> None:
    picture = np.full((100, 100, 3), 120, np.uint8)
    mask = np.zeros((100, 100), np.bool_)
    row, column = corner
    mask[row : row + 10, column : column + 5] = True
    height, width = mask.any(axis=1).sum(), mask.any(axis=0).sum()
    size = int(max(height, width)) + 2 * MARGIN
    side = 4 * size
    drawn = draw_crop(picture, mask, side=side)
    assert drawn.shape == (side, side, 3)
    assert drawn.dtype == np.uint8
    outline = np.argwhere((drawn == OUTLINE).all(axis=2))
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    assert np.abs(middle - side / 2).max() <= 4
    assert np.abs(np.ptp(outline, axis=0) - [4 * height, 4 * width]).max() <= 3
    inside = drawn[int(middle[0]), int(middle[1])]
    assert inside.tolist() == [120, 120, 120]
    beyond = (np.array(corner) - MARGIN < 0).any() or (np.array(corner) + 10 + MARGIN > 100).any()
    assert ((drawn == 48).all(axis=2).sum() > 0) == beyond


def test_a_large_object_is_made_smaller() -> None:
    mask = np.zeros((300, 400), np.bool_)
    mask[10:290, 10:390] = True
    assert draw_crop(np.zeros((300, 400, 3), np.uint8), mask).shape == (176, 176, 3)
