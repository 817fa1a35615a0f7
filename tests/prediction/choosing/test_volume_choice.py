"""Superpixels of volumes side by side: tried and shown, and not chosen, for nobody has proven what they are worth."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from rlseg.data.prepare import Preparation
from rlseg.graph import cracks
from rlseg.io import PixelSize, RawImage
from rlseg.prediction.choosing import choice_lines, choose, draw_choice, middle_of, settings_of
from rlseg.prediction.choosing.candidates import candidates
from rlseg.prediction.choosing.choice import Choice
from rlseg.prediction.choosing.parts import Part, part_of
from rlseg.rewards import Objects
from rlseg.rewards.language import parse_reward
from rlseg.rewards.reward import Reward

RULES = """
version: 1
name: balls
dimensions: 3
units: {length: px}
objects: {width: [12, 16]}
classes: {background: {kind: area, over: 9000}}
rewards:
  background: 0.0
  foreground:
    combine: geometric
    terms:
      size: {kind: descriptor, property: area, expected: [1000, 2200], scale: 400}
      round: {kind: descriptor, property: sphericity, expected: 0.95, scale: 0.1, side: below}
edges: {background: near, missed: 1}
"""
SIZE = PixelSize(1.0, 1.0, 2.0)


@cache
def balls() -> tuple[np.ndarray, np.ndarray]:
    """(12, 30, 44) with planes 2 px apart: two balls of radius 7, and which voxels are theirs."""
    z, r, c = np.indices((12, 30, 44)).astype(np.float64)
    truth = np.zeros(z.shape, np.int32)
    for number, column in enumerate((12, 31), start=1):
        truth[(2 * z - 11) ** 2 + (r - 15) ** 2 + (c - column) ** 2 < 49] = number
    noise = np.random.default_rng(0).normal(0, 0.02, z.shape)
    return (ndimage.gaussian_filter(0.8 * (truth > 0), (0.5, 1, 1)) + 0.1 + noise).astype(np.float32), truth


def raw() -> RawImage:
    return RawImage(balls()[0][None], np.dtype(np.float32), SIZE)


def preparation() -> Preparation:
    return Preparation(volume=True, objects=parse_reward(RULES).objects)


@cache
def shown() -> Choice:
    return choose(Reward(parse_reward(RULES)), preparation(), [raw()], shown=True)


def test_all_kinds_are_tried_and_the_usual_one_stays() -> None:
    found = shown()
    kinds = [trial.preparation.superpixels.kind for trial in found.trials]
    assert kinds == ["level_sets", "level_sets", "level_sets", "gradient_watershed", "level_sets"]
    # two thirds of the usual width come to the same grid
    assert [trial.preparation.working_width for trial in found.trials] == [15.0] * 4 + [22.5]
    assert [trial.objects for trial in found.trials] == [2] * 5
    assert found.chosen == 0
    assert found.fit == pytest.approx(2 * balls()[1].size / (np.pi / 6 * np.sqrt(12 * 16) ** 3))
    text = "\n".join(choice_lines(found))
    assert "tried on the middle of 1 volume" in text
    assert "taken: level_sets, the usual ones, for what those of volumes are worth is not proven yet" in text
    assert settings_of(found.preparation)[-1] == "    superpixels: {kind: level_sets}"
    seen = found.trials[0].parts[0].objects
    for number in (1, 2):
        mine = balls()[1] == number
        same = (seen == np.bincount(seen[mine]).argmax()) & (seen > 0)
        assert np.count_nonzero(mine & same) > 0.7 * np.count_nonzero(mine | same)


def test_between_membranes_other_kinds_are_tried() -> None:
    outlined = Preparation(volume=True, objects=Objects(width=12, look="outlined"))
    tried = [(one.preparation.superpixels.kind, one.preparation.working_width) for one in candidates(outlined)]
    others = [("gradient_watershed", 15.0), ("boundary_seeds", 10.0), ("boundary_seeds", 22.5)]
    assert tried == [("boundary_seeds", 15.0)] * 3 + others
    wall = np.full((1, 12, 40, 40), 0.1, np.float32)
    wall[..., 20] = 0.8
    part = part_of(RawImage(wall, np.dtype(np.float32), SIZE), outlined)
    # an outline may run on either side of a wall, but not beside it
    assert part.steep[6, 20, 19] == part.steep[6, 20, 20] == part.steepest[6, 20, 17] > 2 * part.steep[6, 20, 14]


def test_its_picture_has_sections() -> None:
    picture = draw_choice(shown())
    # 6 tiles in 3 columns, each the planes' width beside that of the view from above, and 24 px along z below
    factor = round(360 / 88)
    assert picture.shape[1] >= 3 * 88 * factor
    assert picture.shape[0] >= 2 * (30 + 24) * factor
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20


def test_a_training_tries_none() -> None:
    found = choose(Reward(parse_reward(RULES)), preparation(), [raw()])
    assert not found.trials
    assert found.preparation.superpixels.kind == "level_sets"


def slow_sharpness(part: Part, objects: np.ndarray) -> list[float]:
    """Face by face."""
    found = []
    for label in range(1, objects.max() + 1):
        have = could = 0.0
        for p, q in zip(*cracks(objects), strict=True):
            if label in (objects.flat[p], objects.flat[q]):
                have += part.steep.flat[p] + part.steep.flat[q]
                could += part.steepest.flat[p] + part.steepest.flat[q]
        found.append(have / could)
    return found


def test_outlines_of_balls_lie_where_it_is_steep() -> None:
    part = part_of(raw(), preparation())
    truth = balls()[1]
    assert part.pixels.shape == (1, 12, 30, 44)
    np.testing.assert_allclose(part.sharpness(truth), slow_sharpness(part, truth))
    moved = np.roll(truth, 4, axis=2)
    assert (part.sharpness(truth) > 1.2 * part.sharpness(moved)).all()


@pytest.mark.parametrize(
    ("shape", "distance", "most", "expected"),
    [
        ((20, 100, 100), 3.0, 10**6, (20, 100, 100)),
        ((400, 100, 100), 1.0, 10**6, (100, 100, 100)),
        ((50, 300, 300), 4.0, 500_000, (31, 126, 126)),
        ((1, 90, 7), 1.0, 10, (1, 3, 3)),
    ],
)
def test_the_middle_of_a_volume_is_nearly_a_cube(
    shape: tuple[int, ...], distance: float, most: int, expected: tuple[int, ...]
) -> None:
    found = middle_of(shape, (distance, 1.0, 1.0), most)
    counts = [part.stop - part.start for part in found]
    assert np.prod(counts) <= most
    np.testing.assert_allclose(counts, expected, rtol=0.06)
    for part, length in zip(found, shape, strict=True):
        assert part.start >= 0
        assert abs(part.start - (length - part.stop)) <= 1


def test_a_large_volume_is_looked_at_in_its_middle() -> None:
    image = RawImage(np.zeros((1, 40, 150, 150), np.float32), np.dtype(np.float32), SIZE)
    part = part_of(image, Preparation(volume=True, objects=Objects(width=12)))
    assert part.pixels.shape == (1, 36, 72, 72)
