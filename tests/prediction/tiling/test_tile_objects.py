"""Whose objects are whose, and how they come together."""

from __future__ import annotations

import numpy as np

from rlseg.prediction.tiling.judging import Errand, Found, errands, paste
from rlseg.prediction.tiling.tiles import Tiling

TILING = Tiling(side=64, halo=32)
SHAPE = (128, 192)
GRID = TILING.grid(*SHAPE)


def test_each_segment_is_looked_at_once_where_it_is_seen_whole() -> None:
    boxes = np.array(
        [
            [0, 0, 10, 10],  # in a corner
            [60, 60, 70, 70],  # across four tiles
            [5, 100, 15, 150],  # wide: half a halo is 16
            [0, 0, 128, 192],  # the background
            [20, 50, 60, 79],  # reaches just half a halo into the next tile
        ]
    )
    found = list(errands(boxes, GRID, TILING))
    assert sorted(int(n) for errand in found for n in errand.own) == [0, 1, 2, 4]
    for errand in found:
        for segment in errand.own:
            for axis in (0, 1):
                crop = errand.tile.crop[axis]
                assert crop.start == 0 or boxes[segment, axis] - crop.start >= TILING.halo // 2
                assert crop.stop == SHAPE[axis] or crop.stop - boxes[segment, axis + 2] >= TILING.halo // 2
    alone = next(errand for errand in found if 2 in errand.own)
    assert len(alone.own) == 1


def part(tile, place, number_of: int = 1, value: float = 0.5) -> tuple[Errand, Found]:
    labels = np.zeros((tile.crop[0].stop - tile.crop[0].start, tile.crop[1].stop - tile.crop[1].start), np.int32)
    labels[tile.see(place)] = number_of
    return Errand(tile, np.array([0])), Found(labels, {"reward": np.array([value])})


def test_objects_are_numbered_through_and_none_covers_another() -> None:
    labels = np.zeros(SHAPE, np.int32)
    first, second = GRID[0][0], GRID[0][1]
    parts = [
        part(first, np.s_[10:20, 50:66], value=0.1),
        part(second, np.s_[10:20, 60:80], value=0.2),  # its left end is taken
        part(second, np.s_[12:14, 60:62], value=0.3),  # all of it is taken
        part(second, np.s_[40:50, 60:80], value=0.4),
    ]
    columns = paste(labels, parts)
    assert (labels[10:20, 50:66] == 1).all()
    assert (labels[10:20, 66:80] == 2).all()
    assert (labels[40:50, 60:80] == 3).all()
    assert np.bincount(labels.ravel()).tolist()[1:] == [160, 140, 200]
    assert columns["reward"].tolist() == [0.1, 0.2, 0.4]


def test_an_image_without_objects() -> None:
    labels = np.zeros(SHAPE, np.int32)
    nothing = Found(np.zeros((96, 96), np.int32), {"reward": np.empty(0)})
    assert paste(labels, [(Errand(GRID[0][0], np.array([0])), nothing)])["reward"].shape == (0,)
    assert not labels.any()
