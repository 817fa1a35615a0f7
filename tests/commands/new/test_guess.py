"""What is guessed of drawn objects, and what their rules find."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_objects import LOOKS, draw_objects, share_found
from scipy import ndimage

from rlseg.commands.new.blobs import Blobs, quantile
from rlseg.commands.new.guess import Guess, guess
from rlseg.commands.new.images import Looked, Seen
from rlseg.commands.new.masks import apart, enclosed_masks
from rlseg.commands.new.picture import search
from rlseg.commands.new.plan import Asked, Plan, plan
from rlseg.data.normalise import Normalisation
from rlseg.data.prepare import Preparation
from rlseg.errors import RlsegError
from rlseg.io import RawImage
from rlseg.rewards.language.load import parse_reward
from rlseg.rewards.language.schema import RewardFile


def seen_of(*images: np.ndarray) -> Seen:
    """Images in memory, as if they had been read; (H, W) or (C, H, W) bytes."""
    looked = tuple(
        Looked(Path("drawn"), RawImage(raw, np.dtype(np.uint8)), Normalisation().apply(raw))
        for raw in (np.atleast_3d(image.T).T.astype(np.float32) for image in images)
    )
    shape = looked[0].raw.pixels.shape
    return Seen(Path("drawn"), (), (shape[1:],), ("uint8",), shape[0], None, looked)


def file_of(chosen: Plan) -> RewardFile:
    return parse_reward(chosen.text, "drawn")


@cache
def planned(look: str, width: float, aspect: float = 1.4) -> Plan:
    return plan("drawn", seen_of(draw_objects(look, width, aspect=aspect)[0]), Asked())


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("width", [8, 14, 30])
def test_look_and_width_are_guessed(look: str, width: float) -> None:
    found = planned(look, width).guess
    assert found is not None
    assert (found.look, found.rim) == (look, "bright")
    assert 0.75 * width < np.sqrt(np.prod(found.width)) < 1.25 * width
    assert found.width[0] <= found.width[1] <= found.length[1]
    if look in ("brighter", "darker"):
        assert (found.contrast > 0) == (look == "brighter")


@pytest.mark.parametrize("look", LOOKS)
def test_the_rules_find_what_was_drawn(look: str) -> None:
    image, truth = draw_objects(look, 14)
    file = file_of(planned(look, 14))
    assert file.objects is not None
    assert file.objects.way == look
    labels, paid = search(Preparation(objects=file.objects)(image[None].astype(np.float32)), file, 0.3)
    assert share_found(labels, truth) > 0.8
    assert len(np.unique(labels)) - 1 < 1.2 * truth.max()
    assert paid > 0.7


def test_what_is_three_times_as_large_is_guessed_so() -> None:
    widths = []
    for width in (14, 42):
        found = guess([draw_objects("darker", width, side=9 * width)[0] / 255.0])
        assert found is not None
        widths.append(np.sqrt(np.prod(found.width)))
    assert widths[1] / widths[0] == pytest.approx(3, rel=0.15)


def test_long_objects_are_measured_along_and_across() -> None:
    found = planned("darker", 14, aspect=3.0).guess
    assert found is not None
    assert 14 * 3 * 0.75 < found.length[1] < 14 * 3 * 1.25
    term: Any = file_of(planned("darker", 14, aspect=3.0)).rewards["foreground"].terms["length"]  # type: ignore[union-attr]
    assert 0.75 * 42 < term.expected[1] < 1.25 * 42


def test_what_is_asked_for_is_taken() -> None:
    image = draw_objects("brighter", 14)[0]
    chosen = plan("mine", seen_of(image), Asked(width=(10.0, 20.0), look="darker"))
    file = file_of(chosen)
    assert file.objects is not None
    assert (file.objects.width, file.objects.way, file.name) == ((10, 20), "darker", "mine")
    assert "as you say" in chosen.said[0]
    assert "as you say" in chosen.said[1]


def test_noise_is_no_object_unless_the_user_says_so() -> None:
    noise = np.random.default_rng(0).integers(90, 110, (120, 120)).astype(np.uint8)
    flat = np.full((60, 60), 7, np.uint8)
    with pytest.raises(RlsegError, match="nothing in the images in drawn looks like objects") as error:
        plan("flat", seen_of(flat), Asked())
    assert "--width 14-20 --look darker" in str(error.value)
    said = plan("flat", seen_of(flat), Asked(width=(10.0, 12.0), look="darker"))
    assert said.guess is None
    assert file_of(said).objects is not None
    found = guess([noise / 255.0])
    assert found is None or found.sure < 0.3


def test_of_several_channels_the_one_that_shows_objects_is_taken() -> None:
    image = draw_objects("brighter", 12, side=130)[0]
    noise = np.random.default_rng(1).integers(0, 255, (2, *image.shape)).astype(np.uint8)
    chosen = plan("many", seen_of(np.stack([noise[0], image, noise[1]])), Asked())
    objects = file_of(chosen).objects
    assert objects is not None
    assert objects.channel == 1
    assert file_of(chosen).rewards["foreground"].terms["contrast"].channel == 1  # type: ignore[union-attr]
    assert "channel  1" in chosen.said


def test_contrast_follows_from_the_image() -> None:
    image, truth = draw_objects("darker", 14)
    unit = Normalisation().apply(image[None].astype(np.float32)).pixels[0]
    ring = ndimage.binary_dilation(truth > 0, iterations=3) & (truth == 0)
    real = unit[truth > 0].mean() - unit[ring].mean()
    term: Any = file_of(planned("darker", 14)).rewards["foreground"].terms["contrast"]  # type: ignore[union-attr]
    assert term.expected == pytest.approx(0.75 * real, rel=0.15)
    assert term.scale == pytest.approx(0.2 * abs(real), rel=0.15)


def test_blobs_are_measured() -> None:
    labels = np.zeros((60, 80), bool)
    labels[10:20, 10:40] = True  # 10 wide, 30 long
    labels[40:60, 50:60] = True  # at the border
    picture = np.where(labels, 0.8, 0.3)
    blobs = Blobs.of(labels, picture)
    assert blobs.width.tolist() == pytest.approx([10, 10], abs=1)
    assert blobs.area.tolist() == [300, 200]
    assert blobs.contrast.tolist() == pytest.approx([0.5, 0.5])
    assert blobs.whole.tolist() == [1, 0]
    assert blobs.good.tolist() == [1, 1]
    assert Blobs.of(~labels & False, picture).score == 0


def test_waists_cut_and_rods_stay_whole() -> None:
    rows, columns = np.mgrid[:60, :120]
    discs = ((rows - 30) ** 2 + (columns - 30) ** 2 < 225) | ((rows - 30) ** 2 + (columns - 56) ** 2 < 225)
    assert apart(discs).max() == 2
    rod = (abs(rows - 30) < 8) & (abs(columns - 60) < 50)
    assert apart(rod).max() == 1


def test_lines_close_off_what_lies_within() -> None:
    rows, columns = np.mgrid[:60, :60]
    radius = np.hypot(rows - 30, columns - 30)
    ring = np.where(abs(radius - 12) < 1.5, 0.9, 0.3)
    found = [mask for mask in enclosed_masks(ring) if mask.any()]
    assert found
    assert all(mask[30, 30] and not mask[0, 0] and not mask[30, 18] for mask in found)
    assert list(enclosed_masks(np.full((60, 60), 0.3))) == []


def test_quantile_is_that_of_repeated_values() -> None:
    draws = np.random.default_rng(3)
    values, weights = draws.random(20), draws.integers(1, 6, 20)
    repeated = np.sort(np.repeat(values, weights))
    for share in (0.1, 0.5, 0.9):
        place = int(np.ceil(share * len(repeated))) - 1
        assert quantile(values, weights.astype(float), share) == repeated[place]


def test_a_guess_says_how_sure_it_is() -> None:
    sure = planned("brighter", 14)
    assert "; sure" in sure.said[0]
    assert isinstance(sure.guess, Guess)
    assert sure.guess.rival[0] != "brighter"
