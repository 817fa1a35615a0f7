"""Two tiles agree on a superpixel when they see mostly the same of it."""

from __future__ import annotations

import numpy as np

from rlseg.prediction.tiling.superpixels import Strip, same_superpixels
from rlseg.prediction.tiling.tiles import Tiling

LEFT, RIGHT = Tiling(side=64, halo=32).grid((64, 128))


def seen(image: np.ndarray, tile, shift: int = 0):
    """What a tile sees of the strip, and the numbers of an image's labels in its core, from `shift`."""
    ids, labels = np.unique(image[tile.crop], return_inverse=True)
    labels = labels.reshape(image[tile.crop].shape).astype(np.int32)
    mine = np.unique(labels[tile.inner])
    numbers = np.full(len(ids), -1)
    numbers[mine] = shift + np.arange(len(mine))
    return Strip(labels[tile.see(LEFT.shared(1))], numbers), {int(ids[m]): int(numbers[m]) for m in mine}


def test_what_both_see_alike_is_one() -> None:
    image = np.zeros((64, 128), int)
    image[:, 40:60] = 1  # the left one's alone
    image[10:20, 55:75] = 2  # across the seam
    image[40:50, 70:80] = 3  # the right one's, seen by both
    (one, left), (other, right) = seen(image, LEFT), seen(image, RIGHT, 10)
    pairs = {tuple(pair) for pair in same_superpixels(one, other).tolist()}
    assert pairs == {(left[0], right[0]), (left[2], right[2])}
    assert 3 not in left
    assert 1 not in right


def test_what_they_see_differently_stays_apart() -> None:
    one = np.zeros((64, 128), int)
    one[10:20, 55:75] = 2
    other = np.zeros((64, 128), int)
    other[10:20, 50:58] = 2
    other[10:20, 58:66] = 3
    other[10:20, 66:75] = 4
    (first, left), (second, right) = seen(one, LEFT), seen(other, RIGHT, 10)
    assert [tuple(pair) for pair in same_superpixels(first, second).tolist()] == [(left[0], right[0])]
