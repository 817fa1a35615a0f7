"""What superpixels are tried on, and where outlines lie."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_discs import discs
from scipy import ndimage

from rlseg.data.prepare import Preparation
from rlseg.data.superpixels import BoundarySeeds, LevelSets
from rlseg.io import PixelSize, RawImage
from rlseg.prediction.choosing.candidates import candidates, usual
from rlseg.prediction.choosing.choice import different
from rlseg.prediction.choosing.parts import chosen_of, part_of
from rlseg.rewards import Objects

BRIGHT = Preparation(objects=Objects(width=(11, 15)))


def raw(pixels: np.ndarray, size: PixelSize | None = None) -> RawImage:
    return RawImage(pixels.astype(np.float32), np.dtype(np.float32), size)


@pytest.mark.parametrize(
    ("count", "numbers"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (8, [1, 4, 6]), (90, [15, 45, 75])]
)
def test_images_spread_over_all(count: int, numbers: list[int]) -> None:
    assert chosen_of(count) == numbers


def test_a_large_image_is_looked_at_in_its_middle_and_as_bright_as_all_of_it() -> None:
    pixels = np.random.default_rng(0).normal(100, 10, (2, 700, 390))
    pixels[:, 0, 0] = 0
    part = part_of(raw(pixels), BRIGHT)
    np.testing.assert_array_equal(part.pixels, pixels[:, 190:510].astype(np.float32))
    whole = BRIGHT.normalisation.apply(pixels.astype(np.float32))
    np.testing.assert_array_equal(part.normalisation.apply(part.pixels).pixels, whole.pixels[:, 190:510])
    assert part.width == pytest.approx(np.sqrt(11 * 15))


@pytest.mark.parametrize(("width", "side"), [(5, 320), (20, 400), (300, 1024)])
def test_the_larger_the_objects_the_larger_the_part(width: float, side: int) -> None:
    preparation = Preparation(objects=Objects(width=width))
    assert part_of(raw(np.zeros((1, 1300, 1300))), preparation).pixels.shape == (1, side, side)


def test_widths_in_micrometres() -> None:
    preparation = Preparation(objects=Objects(width=4), objects_in="um")
    assert part_of(raw(np.zeros((1, 30, 30)), PixelSize(0.5, 0.5)), preparation).width == pytest.approx(8)


def slow_sharpness(steep: np.ndarray, objects: np.ndarray, around: int) -> list[float]:
    """Pixel by pixel: each side between an object and something else counts the pixels on both of its sides."""
    height, width = objects.shape
    found = []
    for label in range(1, objects.max() + 1):
        have = could = 0.0
        for r in range(height):
            for c in range(width):
                if objects[r, c] != label:
                    continue
                for other in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                    if 0 <= other[0] < height and 0 <= other[1] < width and objects[other] != label:
                        for y, x in ((r, c), other):
                            have += steep[y, x]
                            box = steep[max(y - around, 0) : y + around + 1, max(x - around, 0) : x + around + 1]
                            could += box.max()
        found.append(have / could if could > 0 else 0.0)
    return found


def test_sharpness_against_a_slow_one() -> None:
    pixels, labels = discs("brighter", 48)
    part = part_of(raw(pixels), BRIGHT)
    objects = np.roll(labels, 2, axis=0).astype(np.int32)
    np.testing.assert_allclose(part.sharpness(objects), slow_sharpness(part.steep, objects, 3))
    assert part.sharpness(np.zeros((48, 48), np.int32)).shape == (0,)
    # an object that fills the image has no outline
    np.testing.assert_array_equal(part.sharpness(np.ones((48, 48), np.int32)), [0])


# beside a line outlines may run as well, up to 2 px away
@pytest.mark.parametrize(("look", "away"), [("brighter", 2), ("outlined", 4)])
def test_outlines_in_their_place_are_sharper_than_moved_ones(look: str, away: int) -> None:
    pixels, labels = discs(look)
    part = part_of(raw(pixels), Preparation(objects=Objects.model_validate({"width": (11, 15), "look": look})))
    right = part.sharpness(labels.astype(np.int32)).mean()
    size = 2 * away + 1
    larger, smaller = ndimage.grey_dilation(labels, size=size), ndimage.grey_erosion(labels, size=size)
    for wrong in (larger, smaller, np.roll(labels, away + 2, axis=1)):
        assert part.sharpness(wrong.astype(np.int32)).mean() < right - 0.1


def test_what_suits_the_look() -> None:
    outlined = Preparation(objects=Objects(width=13, look="outlined"))
    assert usual(outlined).preparation.superpixels == BoundarySeeds()
    assert usual(BRIGHT).preparation.superpixels == usual(Preparation()).preparation.superpixels == LevelSets()
    for preparation in (outlined, BRIGHT, Preparation()):
        assert candidates(preparation)[0] == usual(preparation)
    widths = [one.preparation.working_width for one in candidates(BRIGHT)]
    assert {*widths} == {10, 15, 22.5}
    # of whom nothing is known, all kinds are shown, on the grid of the image
    assert {one.words for one in candidates(Preparation())} == {
        "level_sets", "gradient_watershed", "mutex_watershed", "boundary_seeds"
    }  # fmt: skip


def test_superpixels_that_are_given_are_tried_too() -> None:
    own = LevelSets(low=0.2, merge_cost=1)
    found = candidates(BRIGHT.model_copy(update={"superpixels": own}))
    assert [one.preparation.superpixels for one in found].count(own) == 1
    assert found[-1].words == "level_sets, low 0.2, merge_cost 1"
    assert len(found) == len(candidates(BRIGHT)) + 1


def test_what_comes_to_the_same_is_tried_once() -> None:
    parts = [part_of(raw(np.zeros((1, 40, 40))), BRIGHT)]
    found = different(candidates(BRIGHT), parts)
    keys = [(one.preparation.superpixels, one.preparation.zooms()) for one in found]
    assert len({*map(str, keys)}) == len(keys) < len(candidates(BRIGHT))
    assert found[0] == usual(BRIGHT)
