"""Ways of looking: which masks, in which order, and what they are of."""

from __future__ import annotations

import numpy as np
import pytest
from partitions import blobs
from pydantic import ValidationError
from scipy import ndimage
from skimage.filters import threshold_otsu

from rlseg.data.bulges import bulges
from rlseg.data.prepare import Preparation
from rlseg.data.proposing import Proposing, brightness_histogram, otsu_threshold
from rlseg.data.superpixels import ridge_map

LEVELS, RISES = (0.2, 0.45), (0.1, 0.5, 3.0)
LOOK = Proposing(levels=LEVELS, rises=RISES)


def map_with_a_hole() -> np.ndarray:
    """(40, 50): two touching blobs, one with a hole, and a dim one that touches the border."""
    rows, columns = np.indices((40, 50))
    level = np.zeros((40, 50))
    for row, column, radius, value in ((14, 12, 8, 0.9), (16, 27, 9, 0.8), (39, 44, 6, 0.3)):
        level[np.hypot(rows - row, columns - column) < radius] = value
    level[12:15, 10:13] = 0
    return level


def test_bright_masks_are_filled_and_the_last_is_above_the_threshold() -> None:
    level, brightness = map_with_a_hole(), np.random.default_rng(0).random((40, 50))
    found = dict(LOOK.views("brighter", level, brightness, 0.7))
    assert list(found) == list(range(len(RISES) * (len(LEVELS) + 1)))
    masks = [*(ndimage.binary_fill_holes(level > low) for low in LEVELS), ndimage.binary_fill_holes(brightness > 0.7)]
    expected = [labels for mask in masks for labels in bulges(mask, RISES)]
    for number, labels in found.items():
        np.testing.assert_array_equal(labels, expected[number])
    assert found[0][13, 11] > 0, "the hole is filled"
    assert (found[0][39, 44] > 0, found[3][39, 44] > 0) == (True, False)


def test_between_lines_nothing_is_filled() -> None:
    lines = 1 - map_with_a_hole()
    found = dict(LOOK.views("lines", lines, np.zeros((40, 50)), 0.5))
    assert list(found) == list(range(len(RISES) * len(LEVELS)))
    for number, labels in found.items():
        np.testing.assert_array_equal(labels > 0, lines < LEVELS[number // len(RISES)])
    assert found[0][13, 11] == 0


@pytest.mark.parametrize("look", ["brighter", "lines"])
def test_by_default_there_are_several(look: str) -> None:
    """More than can agree by accident, and each level stricter than the one before."""
    level = map_with_a_hole() if look == "brighter" else 1 - map_with_a_hole() / 0.9
    views = [labels > 0 for _, labels in Proposing().views(look, level, map_with_a_hole(), 0.5)]  # type: ignore[arg-type]
    assert len(views) >= 5
    sizes = [int(view.sum()) for view in views]
    assert sizes[0] > 0
    assert len(set(sizes)) > 1


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({}, False),
        ({"guide": "gradient"}, True),
        ({"superpixels": {"kind": "boundary_seeds"}}, True),
        ({"guide": "gradient", "proposals": {"look": "brighter"}}, False),
        ({"proposals": {"look": "lines"}}, True),
    ],
)
def test_what_is_looked_at(settings: dict[str, object], lines: bool) -> None:
    raw = blobs(3)
    prepare = Preparation.model_validate(settings)
    sample = prepare(raw)
    view = prepare.correct(prepare.look(raw))
    brightness = view.unit.pixels.mean(axis=0).astype(np.float64)
    assert prepare.proposals is not None
    if lines:
        known = prepare.superpixels.lines(view.unit.pixels)
        views = prepare.proposals.views("lines", ridge_map(brightness) if known is None else known, brightness, 0.0)
    else:
        otsu = otsu_threshold(brightness_histogram(brightness))
        views = prepare.proposals.views("brighter", view.level, brightness, otsu)
    shown = np.stack([labels for _, labels in views])
    # each superpixel is where most of its pixels are
    share = np.stack([np.bincount(sample.superpixels.ravel(), (one > 0).ravel()) for one in shown])
    share /= sample.regions.area
    assert sample.regions.proposals is not None
    inside = sample.regions.proposals.labels(sample.regions.area) >= 0
    assert inside.shape == share.shape
    assert (share[inside] > 0).all()
    assert (share[~inside] <= 0.75).all()
    assert ((share > 0.5) == inside).mean() > 0.9
    # between lines they propose, but are not shown unless that is asked for
    for shown_or_not in (None, True, False):
        asked = prepare.proposals.model_copy(update={"shown": shown_or_not})
        again = prepare.model_copy(update={"proposals": asked})(raw)
        bare = prepare.model_copy(update={"proposals": None})(raw)
        columns = again.node_features.shape[1] - bare.node_features.shape[1]
        assert columns == (not lines if shown_or_not is None else shown_or_not)
        assert again.edge_features.shape[1] - bare.edge_features.shape[1] == 3 * columns
        if columns:
            np.testing.assert_allclose(again.node_features[:, -1], inside.mean(axis=0), atol=1e-6)
        assert again.regions.proposals is not None


def test_histograms_of_parts_add_up_and_give_otsus_threshold() -> None:
    brightness = np.clip(blobs(4)[0] / 1500, 0, 1).astype(np.float64)
    whole = brightness_histogram(brightness)
    assert whole.sum() == brightness.size
    np.testing.assert_array_equal(brightness_histogram(brightness[:17]) + brightness_histogram(brightness[17:]), whole)
    assert otsu_threshold(whole) == pytest.approx(threshold_otsu(brightness), abs=1 / 256)


@pytest.mark.parametrize("used", [(3, 4), (0, 255), (0, 256), (40, 200)])
def test_the_threshold_is_that_of_scikit_image(used: tuple[int, int]) -> None:
    histogram = np.zeros(256, np.int64)
    histogram[slice(*used)] = np.random.default_rng(0).integers(0, 10**6, used[1] - used[0])
    histogram[[used[0], used[0] + 1]] = 5
    assert otsu_threshold(histogram) == threshold_otsu(hist=(histogram, (np.arange(256) + 0.5) / 256))


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_where_all_pixels_are_alike_none_is_above_the_threshold(value: float) -> None:
    brightness = np.full((5, 6), value)
    assert otsu_threshold(brightness_histogram(brightness)) == 1.0
    found = [labels for _, labels in LOOK.views("brighter", np.zeros((5, 6)), brightness, 1.0)]
    assert not np.any(found)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"levels": ()}, {"rises": ()}, {"levels": (0.0,)}, {"levels": (1.0,)}, {"rises": (-1.0,)}),
        *({"rises": (np.inf,)}, {"look": "darker"}, {"depth": 3}),
    ],
)
def test_what_is_no_way_of_looking_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Proposing.model_validate(wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_histogram_is_that_of_numpy(dtype: type) -> None:
    edges = np.arange(257) / 256
    beside = np.concatenate([np.nextafter(edges, 2), np.nextafter(edges, -1), [-0.5, 1.5]])
    for brightness in (np.random.default_rng(0).random((30, 40)), edges[None], beside[None], np.ones((2, 3))):
        values = brightness.astype(dtype)
        expected = np.histogram(values, bins=256, range=(0.0, 1.0))[0]
        np.testing.assert_array_equal(brightness_histogram(values), expected)
