"""The ends of a channel's range, without what is not part of the picture."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nuclei import REWARD, crop

from rlseg.data import robust_range as module
from rlseg.data.normalise import Normalisation
from rlseg.data.prepare import Preparation
from rlseg.data.robust_range import GAP, robust_range
from rlseg.models.earlier import upgrade
from rlseg.prediction.searching import search_image

Fault = Callable[[np.ndarray, float], None]


@pytest.fixture(scope="module", params=range(3))
def picture(request: pytest.FixtureRequest) -> np.ndarray:
    """(96, 96) nuclei on an offset of the camera, between 1000 and 1800, extremes kept away from the border."""
    values = crop(request.param)[0][0]
    values = 1000 + 800 * (values - values.min()) / np.ptp(values)
    values[48, 30:33], values[50, 30:33] = 1000, 1800
    return values.astype(np.float32)


def _scattered(image: np.ndarray, far: float) -> None:
    rng = np.random.default_rng(0)
    image[rng.integers(0, 96, 9), rng.integers(60, 96, 9)] = far * rng.uniform(1, 2, 9)


def _column(image: np.ndarray, far: float) -> None:
    image[:, 70] = far


def _ray(image: np.ndarray, far: float) -> None:
    image[np.arange(60, 80), np.arange(60, 80)] = far * np.linspace(1, 2, 20)


def _cluster(image: np.ndarray, far: float) -> None:
    image[80:82, 80:82] = far


def _two_of_different_heights(image: np.ndarray, far: float) -> None:
    image[80, 80], image[90, 10] = far, 30 * far


@pytest.mark.parametrize("fault", [_scattered, _column, _ray, _cluster, _two_of_different_heights])
@pytest.mark.parametrize("far", [60000.0, -9000.0])
def test_93_a_few_pixels_do_not_move_the_range(picture: np.ndarray, fault: Fault, far: float) -> None:
    assert robust_range(picture) == (1000, 1800)
    broken = picture.copy()
    fault(broken, far)
    assert robust_range(broken) == (1000, 1800)
    assert np.ptp(broken) > 5000


def test_93_objects_on_an_image_with_hot_pixels_are_those_without_them() -> None:
    clean = crop(0)[0]
    hot = clean.copy()
    hot[0, 90, 2:4] = 30000
    expected = search_image(REWARD, clean).labels
    found = search_image(REWARD, hot).labels
    assert found.max() == expected.max()
    assert np.mean((found > 0) != (expected > 0)) < 0.02  # a little more noise is measured
    by_extremes = Preparation(normalisation=Normalisation(method="minmax"))
    assert search_image(REWARD, hot, by_extremes).labels.max() < expected.max() / 2


def _frame(image: np.ndarray) -> None:
    image[:8], image[-8:], image[:, :8], image[:, -8:] = 0, 0, 0, 0


def _corners_of_a_turned_image(image: np.ndarray) -> None:
    row, column = np.indices(image.shape)
    image[(row + column < 30) | (row + column > 160)] = 0


def _seam_and_a_dead_pixel(image: np.ndarray) -> None:
    image[:, 70:75], image[5, 5] = 0, 20


def _white_margin(image: np.ndarray) -> None:
    image[80:] = 65535


def _scale_bar(image: np.ndarray) -> None:
    image[85:89, 70:90] = 4095


def _saturated_spot_and_a_hot_pixel(image: np.ndarray) -> None:
    image[80:86, 80:86], image[2, 90] = 65535, 40000


AREAS = [
    _frame,
    _corners_of_a_turned_image,
    _seam_and_a_dead_pixel,
    _white_margin,
    _scale_bar,
    _saturated_spot_and_a_hot_pixel,
]


@pytest.mark.parametrize("fault", AREAS)
def test_94_areas_of_one_value_do_not_move_the_range(picture: np.ndarray, fault: Callable[..., None]) -> None:
    broken = picture.copy()
    fault(broken)
    assert robust_range(broken) == (1000, 1800)


def test_a_bright_object_counts_however_small_and_however_bright() -> None:
    row, column = np.indices((128, 128))
    ground = np.random.default_rng(0).normal(100, 3, (128, 128))
    spot = 5000 * np.exp(-((row - 40) ** 2 + (column - 70) ** 2) / 18.0)
    image = (ground + spot).astype(np.float32)
    assert robust_range(image) == (image.min(), image.max())
    image[100, 100] = 60000
    assert robust_range(image)[1] == (ground + spot).astype(np.float32).max()


def test_what_is_no_image_of_anything_else_keeps_its_whole_range() -> None:
    two = np.zeros((40, 40), np.float32)
    two[3, 3] = 9
    assert robust_range(two) == (0, 9)
    two[10:20, 10:30] = 9
    assert robust_range(two) == (0, 9)
    objects = two + np.where(two, 0, np.random.default_rng(0).random((40, 40)))
    assert robust_range(objects)[1] == 9
    assert robust_range(np.full((4, 4), 7, np.float32)) == (7, 7)
    assert robust_range(np.array([[3.0]])) == (3, 3)


def _slow_end(image: np.ndarray, inner: float, outer: float) -> float:
    """The upper end, pixel by pixel."""
    height, width = image.shape
    levels = [outer, *sorted({v for v in image.ravel().tolist() if v > outer})]

    def thin(mask: set[tuple[int, int]]) -> bool:
        return not any(
            {(r + i, c + j) for i in range(3) for j in range(3)} <= mask for r in range(height) for c in range(width)
        )

    for low, high in pairwise(levels):
        if high - low <= GAP * max(low - inner, 0):
            continue
        far = {(r, c) for r in range(height) for c in range(width) if image[r, c] > low}
        values = [image[place] for place in far]
        common = min(sorted(set(values)), key=lambda v: -values.count(v))
        area = {place for place in far if image[place] == common}
        hidden = 0
        for r, c in area:
            ways = ([(i, c) for i in range(r)], [(i, c) for i in range(r, height)])
            ways += ([(r, j) for j in range(c)], [(r, j) for j in range(c, width)])
            hidden += not any(area.issuperset(way) for way in ways)
        painted = thin(far - area) and len(area) <= image.size / 2 and hidden <= image.size / 100
        if thin(far) or painted:
            return low
    return levels[-1]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.integers(0, 5), parts=st.sampled_from([10**6, 40]))
def test_the_range_is_that_of_a_search_pixel_by_pixel(seed: int, kind: int, parts: int) -> None:
    rng = np.random.default_rng(seed)
    image = np.round(rng.normal(50, 6, (14, 13)))
    top, left = rng.integers(0, 10, 2)
    if kind in (1, 2):
        image[top : top + 3, left : left + kind + 1] = rng.choice([0, 90, 200])
    if kind in (3, 4):
        image[: rng.integers(1, 9)] = rng.choice([0, 200])
    if kind in (4, 5):
        image[rng.integers(0, 14, 2), rng.integers(0, 13, 2)] = rng.integers(0, 300, 2)
    with pytest.MonkeyPatch.context() as patch:
        low, high = module._typical(image)
        patch.setattr(module, "SAMPLE", parts)
        patch.setattr(module, "_typical", lambda channel: (low, high))
        got = robust_range(image)
    ends = (-_slow_end(-image, -high, -low), _slow_end(image, low, high))
    assert got == (ends if ends[0] < ends[1] else (image.min(), image.max()))


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), offset=st.floats(-1e3, 1e3), turned=st.booleans())
def test_the_range_has_the_unit_of_the_image_and_knows_no_direction(scale: float, offset: float, turned: bool) -> None:
    image = np.random.default_rng(0).random((30, 40))
    image[3, 4], image[:6] = 50, -2
    expected = np.array(robust_range(image)) * scale + offset
    moved = image * scale + offset
    np.testing.assert_allclose(robust_range(moved.T[::-1] if turned else moved), expected, rtol=1e-6, atol=1e-6 * scale)
    low, high = robust_range(-moved)
    np.testing.assert_allclose((-high, -low), expected, rtol=1e-6, atol=1e-6 * scale)


def test_the_range_of_a_large_image_takes_less_memory_than_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE", 10_000)
    image = np.random.default_rng(0).normal(1000, 100, (1, 700, 700)).astype(np.float32)
    image[0, :300], image[0, 600, 600], image[0, 400, 400] = 0, 60000, -7
    Normalisation().limits(image)
    tracemalloc.start()
    limits = Normalisation().limits(image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert limits.offset[0] > 500
    assert peak <= 1.1 * image.nbytes


def test_models_that_say_nothing_of_the_normalisation_keep_that_of_their_time() -> None:
    old = {"state_dict": {}, "preparation": {"guide": "gradient"}}
    assert Preparation.model_validate(upgrade(old)["preparation"]).normalisation.method == "minmax"
    said = {"state_dict": {}, "preparation": {"normalisation": {"method": "percentile"}}}
    assert Preparation.model_validate(upgrade(said)["preparation"]).normalisation.method == "percentile"
    assert Preparation().normalisation.method == "robust"
