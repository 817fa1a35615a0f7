"""Objects of any look are bright in what is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.color import hed2rgb

from rlseg.data.looking import Zoom, signal_of
from rlseg.data.looking.colours import colour_picture, stain_picture
from rlseg.data.normalise import Normalisation, UnitImage
from rlseg.errors import RlsegError
from rlseg.rewards import Objects

ROWS, COLUMNS = np.indices((120, 120))
INSIDE = np.hypot((ROWS + 3) % 30 - 15, (COLUMNS + 3) % 30 - 15) < 7
RIM = INSIDE & ~ndimage.binary_erosion(INSIDE, iterations=2)


def unit(*channels: np.ndarray) -> UnitImage:
    return Normalisation().apply(100 + 1000 * np.stack(channels).astype(np.float32))


def objects(**settings: object) -> Objects:
    return Objects.model_validate({"width": 14.0, **settings})


GREY = 0.4 + 0.1 * np.sin(COLUMNS / 60)
SEEN = {
    "brighter": (objects(), unit(GREY + 0.3 * INSIDE)),
    "darker": (objects(look="darker"), unit(GREY - 0.3 * INSIDE)),
    "bright rims": (objects(look="outlined"), unit(GREY + 0.3 * RIM)),
    "dark rims": (objects(look="outlined", rim="dark"), unit(GREY - 0.3 * RIM)),
    "either": (objects(look="different"), unit(GREY + 0.3 * INSIDE * np.where(ROWS > 60, 1, -1))),
    "colour": (objects(look="different"), unit(GREY + 0.3 * INSIDE, GREY - 0.3 * INSIDE, GREY)),
    "second channel": (objects(channel=1), unit(GREY, GREY + 0.3 * INSIDE)),
    "strongest": (
        objects(channel="strongest"), unit(GREY + 0.3 * INSIDE * (ROWS > 60), GREY + 0.3 * INSIDE * (ROWS <= 60))
    ),
    "weights": (objects(channel={"weights": (0.0, 2.0)}), unit(GREY, GREY + 0.3 * INSIDE, GREY)),
    "red": (objects(channel={"colour": "red"}), unit(0.5 + 0.3 * INSIDE, 0.5 - 0.3 * INSIDE, 0.5 - 0.3 * INSIDE)),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_objects_are_bright_everywhere(name: str) -> None:
    wanted, image = SEEN[name]
    signal = signal_of(image, wanted, 14.0, Zoom())
    inside, ground = ndimage.binary_erosion(INSIDE, iterations=2), ~ndimage.binary_dilation(INSIDE, iterations=2)
    if wanted.way == "outlined":
        inside = INSIDE
    assert signal.objects.shape == GREY.shape
    assert signal.picture.ndim == 3
    # in each corner of the image by itself, for the ground is uneven
    for part in (np.s_[:60, :60], np.s_[60:, 60:], np.s_[:60, 60:], np.s_[60:, :60]):
        values = signal.objects[part]
        assert values[inside[part]].min() > values[ground[part]].max() + 0.1


def test_without_objects_it_is_the_mean() -> None:
    image = unit(GREY, INSIDE)
    signal = signal_of(image, None, 15.0, Zoom())
    assert signal.picture is image.pixels
    assert np.array_equal(signal.objects, image.pixels.mean(axis=0).astype(np.float64))


def test_a_stain_alone() -> None:
    """Hematoxylin on some places and eosin on others: each picture is dark where its stain is, and nowhere else."""
    hed = np.zeros((60, 60, 3))
    hed[10:25, 10:25, 0] = 0.1
    hed[35:50, 35:50, 1] = 0.1
    light = np.moveaxis(hed2rgb(hed), -1, 0).astype(np.float32)
    for stain, place in (("hematoxylin", np.s_[10:25, 10:25]), ("eosin", np.s_[35:50, 35:50])):
        picture = stain_picture(light, stain)
        stained = np.zeros((60, 60), bool)
        stained[place] = True
        assert picture[stained] == pytest.approx(1e-6**0.1, abs=0.02)
        assert picture[~stained] == pytest.approx(1.0, abs=0.02)


def test_a_stain_is_darker_unless_said_otherwise() -> None:
    assert objects(channel={"stain": "dab"}).way == "darker"
    assert objects(channel={"stain": "dab"}, look="brighter").way == "brighter"
    assert objects(channel={"colour": "red"}).way == "brighter"


@pytest.mark.parametrize(
    ("colour", "rgb"), [("red", (1, 0, 0)), ("green", (0, 1, 0)), ("purple", (0.6, 0, 1)), ("brown", (0.6, 0.3, 0.05))]
)
def test_how_much_of_a_colour(colour: str, rgb: tuple[float, float, float]) -> None:
    light = np.full((3, 2, 2), 0.5, np.float32)
    light[:, 0, 0] = rgb
    light[:, 1, 1] = 1 - np.array(rgb)  # the opposite colour
    picture = colour_picture(light, colour)
    assert picture[0, 0] > 0.4
    assert picture[0, 1] == picture[1, 1] == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"channel": 2}, "no channel 2: the image has 2 channel"),
        ({"channel": {"stain": "dab"}}, "no channel stain dab: the image has 2 channel"),
        ({"channel": {"colour": "red"}}, "no channel colour red: the image has 2 channel"),
        ({"channel": {"weights": (1.0, 1.0, 1.0)}}, "3 weights, but the image 2 channel"),
    ],
)
def test_channels_that_are_not_there(settings: dict[str, object], words: str) -> None:
    with pytest.raises(RlsegError, match=words):
        signal_of(unit(GREY, GREY), objects(**settings), 14.0, Zoom())
