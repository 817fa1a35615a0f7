"""Sums over tiles are those over the image."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import voronoi

from rlseg.data.prepare import Preparation
from rlseg.data.view import View
from rlseg.graph.rag import measure_regions
from rlseg.graph.sums import FeatureSums
from rlseg.prediction.tiling.context import Context, measure_pixels
from rlseg.prediction.tiling.gathering import gather_sums
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Threads

TILING = Tiling(side=64, halo=32)


class Pointwise(Preparation):
    """Maps that know nothing but their own pixel."""

    def maps(self, view: View) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        pixels = view.unit.pixels[0].astype(np.float64)
        return {"gray": pixels, "root": np.sqrt(pixels)}, {"dark": (pixels < 0.4).astype(np.int32)}


@pytest.fixture(scope="module")
def raw() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, (1, 150, 170)).astype(np.float32)


def test_of_every_superpixel_and_edge(raw: np.ndarray) -> None:
    prepare = Pointwise()
    shape = raw.shape[1:]
    ids = voronoi(np.random.default_rng(1), shape, 60)
    grid = TILING.grid(*shape)
    limits = prepare.normalisation.limits(raw)
    pixels = measure_pixels(raw, grid, prepare, limits)
    context = Context(limits, pixels.noise, np.inf, pixels.otsu)
    found = gather_sums(raw, ids, grid, prepare, context, Threads(2))
    view = prepare.look(raw)
    regions = measure_regions(view.unit.pixels, ids)
    expected = FeatureSums.of(regions, *prepare.maps(view))
    assert (found.sums.maps, found.sums.groups) == (expected.maps, expected.groups)
    for name in ("area", "border", "node_sum", "node_square", "edge_index", "edge_length", "edge_sum", "edge_same"):
        assert getattr(found.sums, name) == pytest.approx(getattr(expected, name), rel=1e-9), name


def test_noise_is_that_of_the_image(raw: np.ndarray) -> None:
    prepare = Preparation()
    limits = prepare.normalisation.limits(raw)
    tiles = measure_pixels(raw, TILING.grid(*raw.shape[1:]), prepare, limits)
    whole = measure_pixels(raw, Tiling().grid(*raw.shape[1:]), prepare, limits)
    assert tiles == pytest.approx(whole, rel=1e-6)
    assert tiles > 0.1
