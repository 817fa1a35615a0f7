"""The section `objects` of outlined objects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml
from scipy import ndimage
from skimage.measure import regionprops

from rlseg.io import RawImage
from rlseg.prediction.outlined import OutlinedImage, describe_objects
from rlseg.prediction.outlined.describe import described
from rlseg.rewards import Objects

SHAPE = (100, 130)


def discs() -> np.ndarray:
    labels = np.zeros(SHAPE, np.int32)
    rows, columns = np.indices(SHAPE)
    for number, (row, column, radius) in enumerate(
        ((20, 22, 7), (22, 60, 9), (20, 100, 11), (70, 30, 8), (68, 90, 12))
    ):
        labels[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = number + 1
    return labels


def image(*pictures: np.ndarray, labels: np.ndarray) -> OutlinedImage:
    rng = np.random.default_rng(0)
    pixels = np.stack([ndimage.gaussian_filter(p, 0.8) for p in pictures]) + rng.normal(0, 2, (len(pictures), *SHAPE))
    return OutlinedImage("a", RawImage(pixels.astype(np.float32), np.dtype(np.uint8)), labels, 0)


def flat(labels: np.ndarray, inside: float) -> np.ndarray:
    return np.where(labels > 0, inside, 100.0)


@pytest.mark.parametrize(("inside", "look"), [(180, "brighter"), (40, "darker")])
def test_width_and_look(inside: float, look: str) -> None:
    labels = discs()
    found = describe_objects([image(flat(labels, inside), labels=labels)])
    minor = [region.axis_minor_length for region in regionprops(labels)]
    np.testing.assert_allclose(found.widths, np.percentile(minor, [10, 90]), atol=0.051)
    assert (found.way, found.rim, found.channel) == (look, "bright", None)


@pytest.mark.parametrize(("value", "rim"), [(200.0, "bright"), (20.0, "dark")])
def test_rims(value: float, rim: str) -> None:
    labels = discs()
    picture = flat(labels, 100.0)
    picture[ndimage.binary_dilation(labels > 0) & ~ndimage.binary_erosion(labels > 0, iterations=2)] = value
    found = describe_objects([image(picture, labels=labels)])
    assert (found.way, found.rim) == ("outlined", rim)


def test_the_channel_in_which_they_show() -> None:
    labels = discs()
    nothing, shown = np.full(SHAPE, 100.0), flat(labels, 160.0)
    noisy = nothing + np.random.default_rng(1).normal(0, 60, SHAPE)
    assert describe_objects([image(noisy, shown, labels=labels)]).channel == 1
    assert describe_objects([image(shown, shown, labels=labels)]).channel is None


def test_images_without_objects_do_not_count() -> None:
    labels = discs()
    one = image(flat(labels, 180.0), labels=labels)
    assert describe_objects([one, replace(one, labels=np.zeros_like(labels))]) == describe_objects([one])


@pytest.mark.parametrize(
    "objects",
    [
        Objects(width=(7.5, 23.7), look="outlined", rim="dark"),
        Objects(width=(20.0, 20.0), look="different", channel=1),
        Objects(width=(9.1, 12.0), look="darker"),
    ],
)
def test_the_line_of_yaml_says_the_same(objects: Objects) -> None:
    assert Objects.model_validate(yaml.safe_load(described(objects))["objects"]) == objects
