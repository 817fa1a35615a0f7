"""Sums over tiles are those over the image."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import same_proposals, voronoi
from scipy import ndimage
from skimage.filters import threshold_otsu

from rlseg.data.prepare import Preparation
from rlseg.data.proposing import Proposing, brightness_histogram, otsu_threshold
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


def test_noise_and_threshold_are_those_of_the_image(raw: np.ndarray) -> None:
    prepare = Preparation()
    limits = prepare.normalisation.limits(raw)
    tiles = measure_pixels(raw, TILING.grid(*raw.shape[1:]), prepare, limits)
    whole = measure_pixels(raw, Tiling().grid(*raw.shape[1:]), prepare, limits)
    assert tiles.noise == pytest.approx(whole.noise, rel=1e-6)
    assert tiles.noise[0] > 0.1
    brightness = prepare.look(raw).unit.pixels.mean(axis=0).astype(np.float64)
    assert tiles.otsu == whole.otsu == (otsu_threshold(brightness_histogram(brightness)),)
    assert tiles.otsu[0] == pytest.approx(threshold_otsu(brightness, nbins=256), abs=0.01)


def test_proposals_are_those_of_the_image() -> None:
    """To the last pixel where nothing is larger than what a tile sees beyond its core; segments lie across seams."""
    image = np.zeros((150, 170))
    rows, columns = np.indices(image.shape)
    for row in range(12, 150, 21):
        for column in range(14, 170, 26):
            image[(rows - row) ** 2 + ((columns - column) / 1.6) ** 2 < 36] = 1
            image[(rows - row) ** 2 + (columns - column - 9) ** 2 < 16] = 0.8
    raw = (100 + 900 * ndimage.gaussian_filter(image, 1.0))[None].astype(np.float32)
    ids = voronoi(np.random.default_rng(1), image.shape, 400)
    prepare = Preparation(proposals=Proposing(levels=(0.3, 0.5)))
    limits = prepare.normalisation.limits(raw)
    grid = TILING.grid(*image.shape)
    pixels = measure_pixels(raw, grid, prepare, limits)
    found = gather_sums(raw, ids, grid, prepare, Context(limits, pixels.noise, np.inf, pixels.otsu), Threads(2))
    view = prepare.correct(prepare.look(raw), np.inf)
    regions = measure_regions(view.unit.pixels, ids)
    expected = prepare.count_proposals(view, ids).by_majority(regions.area, regions.edge_index)
    assert found.proposals is not None
    assert expected.count > 100
    same_proposals(found.proposals, expected)


def test_nobody_looks_if_nobody_is_asked(raw: np.ndarray) -> None:
    prepare = Preparation(proposals=None)
    limits = prepare.normalisation.limits(raw)
    grid = TILING.grid(*raw.shape[1:])
    ids = voronoi(np.random.default_rng(1), raw.shape[1:], 60)
    assert gather_sums(raw, ids, grid, prepare, Context(limits, (0.1,), np.inf, (0.5,)), Threads(2)).proposals is None
