"""A model on images of another magnification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from nuclei import TRAIN, Run

from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, RawImage, read_image
from rlseg.prediction.magnify import brought_back, magnification, resampled, with_size
from rlseg.prediction.one_image import segment_image
from rlseg.prediction.predictor import Predictor
from rlseg.prediction.tiling import Threads
from rlseg.rewards import Objects


def image(side: int = 40, size: float | None = None) -> RawImage:
    pixels = np.random.default_rng(0).random((2, side, side + 10)).astype(np.float32)
    return RawImage(pixels, np.dtype(np.uint8), None if size is None else PixelSize(size, size))


KNOWN = Preparation(objects=Objects(width=(10.0, 40.0)), trained_on=0.5)
MICROMETRES = Preparation(objects=Objects(width=(5.0, 20.0)), objects_in="um")


@pytest.mark.parametrize(
    ("preparation", "size", "width", "expected"),
    [
        (KNOWN, None, None, 1.0),
        (KNOWN, 0.5, None, 1.0),
        (KNOWN, 0.47, None, 1.0),  # nearly the same
        (KNOWN, 0.25, None, 2.0),
        (KNOWN, 1.0, None, 0.5),
        (KNOWN, 0.25, 60.0, 3.0),  # what is said goes before what files say
        (Preparation(objects=Objects(width=20.0)), 0.25, None, 1.0),  # nobody knows that of the training
        (Preparation(), 0.25, None, 1.0),
        (MICROMETRES, 0.1, None, 1.0),
    ],
)
def test_how_much_larger(preparation: Preparation, size: float | None, width: float | None, expected: float) -> None:
    assert magnification(image(size=size), preparation, width) == pytest.approx(expected)


def test_in_micrometres_a_width_says_the_pixel_size() -> None:
    found = with_size(image(), MICROMETRES, 20.0)
    assert found.pixel_size == PixelSize(0.5, 0.5)
    assert MICROMETRES.widths(found.pixel_size) == pytest.approx((10, 40))


def test_what_cannot_be() -> None:
    with pytest.raises(RlsegError, match="does not know how wide"):
        magnification(image(), Preparation(), 20.0)
    with pytest.raises(RlsegError, match="must be a positive number"):
        magnification(image(), KNOWN, 0.0)
    with pytest.raises(RlsegError, match="leave 1 x 1 pixels"):
        resampled(image(), 100.0)


def test_pixels_grow_with_the_image() -> None:
    found = resampled(image(40, 0.5), 2.0)
    assert found.pixels.shape == (2, 20, 25)
    assert found.pixel_size == PixelSize(1.0, 1.0)
    assert found.pixels.mean() == pytest.approx(image().pixels.mean(), rel=0.02)


def test_labels_come_back_with_their_columns() -> None:
    labels = np.zeros((8, 10), np.int32)
    labels[1:3, 1:3], labels[5:8, 4:9] = 1, 2
    columns = {"area": np.array([4.0, 15.0]), "axis_minor_length": np.array([2.0, 3.0]), "intensity_mean_1": np.ones(2)}
    large, table = brought_back(labels, columns, (16, 20), 2.0)
    assert np.array_equal(large, np.kron(labels, np.ones((2, 2), np.int32)))
    assert table["area"].tolist() == [16, 60]
    assert table["axis_minor_length"].tolist() == [4, 6]
    assert table["intensity_mean_1"].tolist() == [1, 1]


def test_what_has_no_pixel_left_is_left_out() -> None:
    labels = np.zeros((40, 40), np.int32)
    labels[1, 1], labels[10:30, 10:30] = 1, 2
    small, table = brought_back(labels, {"reward": np.array([0.1, 0.9])}, (10, 10), 0.25)
    assert small.max() == 1
    assert table["reward"].tolist() == [0.9]


def test_objects_twice_as_large_are_looked_at_as_in_the_training(trained: Run) -> None:
    predictor = Predictor(trained.best, "cpu")
    raw = read_image(sorted((TRAIN / "images").iterdir())[0])
    large = replace(raw, pixels=np.repeat(np.repeat(raw.pixels, 2, axis=1), 2, axis=2))
    expected = segment_image(predictor, resampled(large, 2.0), "x", None, Threads(1), True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlseg.prediction.one_image.magnification", lambda *_: 2.0)
        found = segment_image(predictor, large, "x", None, Threads(1), True)
    assert expected.labels.max() >= 5
    assert np.array_equal(found.labels, np.repeat(np.repeat(expected.labels, 2, axis=0), 2, axis=1))
    assert found.image().shape == large.pixels.shape
    assert found.columns["axis_minor_length"] == pytest.approx(2 * expected.columns["axis_minor_length"])
    assert found.columns["reward"] == pytest.approx(expected.columns["reward"])
