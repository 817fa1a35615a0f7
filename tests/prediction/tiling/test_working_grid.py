"""Tiles of images with large, small, dark or outlined objects see what the whole image sees."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import adjusted_rand
from scipy import ndimage

from rlseg.data import Preparation
from rlseg.data.superpixels import LevelSets
from rlseg.graph import FeatureSums, measure_regions
from rlseg.prediction.tiling.context import measure_pixels
from rlseg.prediction.tiling.gathering import gather
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Threads
from rlseg.rewards import Objects


def scene(width: float, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = np.indices(shape)
    step = 2.2 * width
    away = np.hypot((rows + 0.3 * columns) % step - step / 2, columns % step - step / 2)
    image = ndimage.gaussian_filter((away < width / 2) * (0.7 + 0.3 * np.sin(columns / 50)), width / 15)
    noise = np.random.default_rng(0).normal(0, 0.01, shape)
    return (1000 + 3000 * (image + noise))[None].astype(np.float32)


@pytest.mark.parametrize(
    ("width", "look"),
    [(30, "brighter"), (45, "darker"), (15, "different"), (15, "outlined"), (7, "brighter"), ((10, 60), "brighter")],
)
def test_what_tiles_see_is_what_the_image_shows(width: float | tuple[float, float], look: str) -> None:
    typical = float(np.sqrt(np.prod(width))) if isinstance(width, tuple) else width
    prepare = Preparation(
        objects=Objects.model_validate({"width": width, "look": look}),
        superpixels=LevelSets(),
    )
    raw = scene(typical, (500, 560))
    raw = 6000 - raw if look == "darker" else raw
    zooms = prepare.zooms()
    tiles = Tiling(side=256, halo=96).grid((500, 560), zooms=zooms)
    assert len(tiles) > 1
    limits = prepare.normalisation.limits(raw)
    pixels = measure_pixels(raw, tiles, prepare, limits)
    alone = measure_pixels(raw, Tiling().grid((500, 560)), prepare, limits)
    assert pixels.noise == pytest.approx(alone.noise, rel=0.01)
    assert pixels.otsu == pytest.approx(alone.otsu, abs=0.01)
    whole = prepare.look(raw)
    expected = prepare.cut(whole)
    found = gather(raw, tiles, prepare, pixels, Threads(2))
    assert adjusted_rand(found.ids, expected) > 0.99
    view = prepare.correct(whole)
    assert prepare.blur_correction.applies(found.slope) == (view.brightness.exponent != 1)
    regions = measure_regions(view.unit.pixels, found.ids)
    sums = FeatureSums.of(regions, *prepare.maps(view))
    assert found.sums.maps == sums.maps
    assert np.array_equal(found.sums.edge_index, sums.edge_index)
    close = np.isclose(found.sums.node_sum, sums.node_sum, rtol=0.02, atol=0.5)
    assert close.mean() > 0.97
    for one, other in zip(found.relief.maps, (view.level, *view.relief()), strict=True):
        assert (np.abs(one - other) < 0.02).mean() > 0.97
