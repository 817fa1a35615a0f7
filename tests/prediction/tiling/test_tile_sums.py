"""Sums over tiles are those over the image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from partitions import same_proposals, voronoi
from pydantic import PrivateAttr
from scipy import ndimage
from skimage.filters import threshold_otsu

from rlseg.data.prepare import Preparation
from rlseg.data.proposing import Proposing, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import BlurCorrection, renumber
from rlseg.data.view import View
from rlseg.graph.rag import measure_regions
from rlseg.graph.sums import FeatureSums
from rlseg.prediction.tiling.context import measure_pixels
from rlseg.prediction.tiling.gathering import Gathered, gather
from rlseg.prediction.tiling.tiles import Tiling
from rlseg.prediction.tiling.workers import Threads

TILING = Tiling(side=64, halo=32)


class Given(Preparation):
    """Superpixels that are known beforehand; where a part of an image lies is told by its place in memory."""

    _whole: tuple[np.ndarray, np.ndarray] = PrivateAttr()
    _ids: dict[int, np.ndarray] = PrivateAttr(default_factory=dict)

    def of(self, raw: np.ndarray, ids: np.ndarray) -> Given:
        self._whole = raw, ids
        return self

    def look(self, raw: np.ndarray, *known: Any) -> View:
        whole, ids = self._whole
        place = (raw.ctypes.data - whole.ctypes.data) // whole.itemsize
        row, column = place // whole.shape[2], place % whole.shape[2]
        view = super().look(raw, *known)
        self._ids[id(view.unit.pixels)] = ids[row : row + raw.shape[1], column : column + raw.shape[2]]
        return view

    def cut(self, view: View) -> np.ndarray:
        return renumber(self._ids[id(view.unit.pixels)])


class Pointwise(Given):
    """Maps that know nothing but their own pixel."""

    def maps(self, view: View) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        pixels = view.unit.pixels[0][view.window or ...].astype(np.float64)
        return {"gray": pixels, "root": np.sqrt(pixels)}, {"dark": (pixels < 0.4).astype(np.int32)}


def gathered(prepare: Preparation, raw: np.ndarray) -> Gathered:
    tiles = TILING.grid(raw.shape[1:])
    context = measure_pixels(raw, tiles, prepare, prepare.normalisation.limits(raw))
    return gather(raw, tiles, prepare, context, Threads(2))


def by_id_of(found: Gathered, ids: np.ndarray) -> np.ndarray:
    """(N,) the number in `found` of each superpixel."""
    pairs = np.unique(np.stack([ids.ravel(), found.ids.ravel()]), axis=1)
    assert (pairs[0] == np.arange(ids.max() + 1)).all(), "each is found as one"
    return pairs[1]


@pytest.fixture(scope="module")
def raw() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, (1, 150, 170)).astype(np.float32)


def test_of_every_superpixel_and_edge(raw: np.ndarray) -> None:
    ids = voronoi(np.random.default_rng(1), raw.shape[1:], 60)
    prepare = Pointwise().of(raw, ids)
    found = gathered(prepare, raw)
    view = prepare.look(raw)
    regions = measure_regions(view.unit.pixels, ids)
    expected = FeatureSums.of(regions, *prepare.maps(view))
    assert (found.sums.maps, found.sums.groups) == (expected.maps, expected.groups)
    number = by_id_of(found, ids)
    for name in ("area", "border", "node_sum", "node_square"):
        assert getattr(found.sums, name)[number] == pytest.approx(getattr(expected, name), rel=1e-9), name
    ends = np.sort(number[expected.edge_index], axis=0)
    order = np.lexsort(ends[::-1])
    assert np.array_equal(found.sums.edge_index, ends[:, order])
    for name in ("edge_length", "edge_sum", "edge_same"):
        assert getattr(found.sums, name) == pytest.approx(getattr(expected, name)[order], rel=1e-9), name


def test_noise_and_threshold_are_those_of_the_image(raw: np.ndarray) -> None:
    prepare = Preparation()
    limits = prepare.normalisation.limits(raw)
    tiles = measure_pixels(raw, TILING.grid(raw.shape[1:]), prepare, limits)
    whole = measure_pixels(raw, Tiling().grid(raw.shape[1:]), prepare, limits)
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
    prepare = Given(proposals=Proposing(levels=(0.3, 0.5)), blur=BlurCorrection(slope=0)).of(raw, ids)
    found = gathered(prepare, raw)
    view = prepare.correct(prepare.look(raw))
    regions = measure_regions(view.unit.pixels, found.ids)
    expected = prepare.count_proposals(view, found.ids).by_majority(regions.area, regions.edge_index)
    assert found.proposals is not None
    assert expected.count > 100
    same_proposals(found.proposals, expected)


def test_nobody_looks_if_nobody_is_asked(raw: np.ndarray) -> None:
    assert gathered(Preparation(proposals=None), raw).proposals is None


@pytest.mark.parametrize(("sharp", "again"), [(0.4, 1), (0.6, 1), (1.0, 0), (0.0, 0)])
def test_blur_is_that_of_the_whole_image(sharp: float, again: int) -> None:
    """The one of two tiles that is sharp alone, or blurred alone, is looked at again."""
    rng = np.random.default_rng(3)
    rows, columns = np.indices((120, 250))
    image = np.hypot((rows % 24) - 12, (columns % 24) - 12) < 7
    where = (columns >= sharp * 250)[None]
    soft, hard = (ndimage.gaussian_filter(image.astype(np.float64), sigma) for sigma in (3.5, 0.7))
    raw = (100 + 900 * np.where(where, soft, hard) + rng.normal(0, 2, image.shape)).astype(np.float32)
    prepare = Preparation()
    tiles = Tiling(side=128, halo=32).grid(image.shape)
    context = measure_pixels(raw, tiles, prepare, prepare.normalisation.limits(raw))
    found = gather(raw, tiles, prepare, context, Threads(2))
    view = prepare.correct(prepare.look(raw))
    blurred = view.brightness.exponent != 1
    assert prepare.blur_correction.applies(found.slope) == blurred
    assert found.again == again
    for one, other in zip(found.relief.maps, (view.level, *view.relief()), strict=True):
        assert (np.abs(one - other) < 0.02).mean() > 0.97
