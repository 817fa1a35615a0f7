"""Cores cover an image without overlap, at places that do not move the grid of the background."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rlseg.prediction.tiling.tiles import STEP, Tiling


@settings(max_examples=50, deadline=None)
@given(height=st.integers(1, 400), width=st.integers(1, 400), side=st.sampled_from([64, 100]))
def test_72_cores_cover_an_image_of_any_size_once(height: int, width: int, side: int) -> None:
    tiling = Tiling(side=side, halo=32)
    count = np.zeros((height, width), int)
    for tile in tiling.grid((height, width)):
        count[tile.core] += 1
        for core, crop, inner, length in zip(tile.core, tile.crop, tile.inner, tile.shape, strict=True):
            assert 0 < core.stop - core.start <= side + STEP
            assert crop.start % STEP == 0
            assert crop.start == max(core.start - 32, 0)
            assert crop.stop == min(core.stop + 32, length)
            assert inner.stop - inner.start == core.stop - core.start
            assert crop.start + inner.start == core.start
    assert (count == 1).all()


def test_neighbours_see_the_same_strip() -> None:
    tiling = Tiling(side=64, halo=32)
    image = np.arange(128 * 192).reshape(128, 192)
    tiles = tiling.grid(image.shape)
    assert [tile.core[0].start for tile in tiles] == [0, 0, 0, 64, 64, 64]
    for one, other, axis in [(tiles[0], tiles[1], 1), (tiles[1], tiles[4], 0)]:
        window = one.shared(axis)
        assert (image[one.crop][one.see(window)] == image[other.crop][other.see(window)]).all()
        assert image[window].size == image[one.crop][one.see(window)].size > 0
        seen_by_both = np.zeros(image.shape, int)
        seen_by_both[one.crop] += 1
        seen_by_both[other.crop] += 1
        assert (seen_by_both == 2).sum() == image[window].size


def test_only_images_larger_than_a_tile_and_its_halos_are_cut() -> None:
    tiling = Tiling(side=64, halo=32)
    assert not tiling.needed((128, 128))
    assert tiling.needed((129, 10))


@pytest.mark.parametrize("settings", [{"side": 0}, {"side": 1022}, {"halo": 33}, {"halo": 0}])
def test_sizes_that_cannot_work(settings: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Tiling(**settings)
