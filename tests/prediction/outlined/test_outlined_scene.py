"""Outlined objects on superpixels, and what rules pay for them, against one object after another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outline_files import write_geojson
from PIL import Image
from scipy import ndimage

from rlseg.data import Preparation
from rlseg.io import find_outlines
from rlseg.prediction.outlined import OutlinedScene, check_objects, prepare_scenes, read_outlined, rules_from_outlines
from rlseg.rewards import Reward
from rlseg.rewards.language import parse_reward

SHAPE = (90, 120)
CENTRES = ((20, 20), (20, 60), (20, 98), (62, 24), (64, 66), (60, 100))


def octagon(row: float, column: float, radius: float) -> list[list[float]]:
    angles = np.arange(8) * np.pi / 4 + np.pi / 8
    return [[column + 0.5 + radius * np.cos(a), row + 0.5 + radius * np.sin(a)] for a in angles]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dark discs of radius 9 on a bright ground: images/a.png, and outlines/a.geojson of the first four."""
    folder = tmp_path_factory.mktemp("discs")
    rows, columns = np.indices(SHAPE)
    inside = np.zeros(SHAPE, bool)
    for row, column in CENTRES:
        inside |= (rows - row) ** 2 + (columns - column) ** 2 <= 81
    rng = np.random.default_rng(0)
    pixels = ndimage.gaussian_filter(np.where(inside, 60.0, 200.0), 1.2) + rng.normal(0, 4, SHAPE)
    (folder / "images").mkdir()
    (folder / "outlines").mkdir()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "images" / "a.png")
    write_geojson(folder / "outlines" / "a.geojson", [[octagon(*centre, 9.5)] for centre in CENTRES[:4]])
    return folder


WATERSHED = Preparation.model_validate({"superpixels": {"kind": "gradient_watershed"}, "guide": "gradient"})


@pytest.fixture(scope="module")
def scene(folder: Path) -> OutlinedScene:
    files = find_outlines(folder / "outlines", folder / "images")
    (scene,) = prepare_scenes(read_outlined(files), WATERSHED)
    return scene


def test_each_superpixel_belongs_to_the_object_that_more_than_half_of_it_lies_in(scene: OutlinedScene) -> None:
    ids, labels = scene.sample.superpixels, scene.labels
    for superpixel in range(scene.sample.regions.num_nodes):
        inside = labels[ids == superpixel]
        most = [n for n in scene.outlined.present if 2 * (inside == n).sum() > len(inside)]
        assert scene.assigned[superpixel] == (list(scene.outlined.present).index(most[0]) + 1 if most else 0)
    segments, segment = scene.shown
    for number, label in enumerate(scene.outlined.present):
        shown = np.isin(ids, np.flatnonzero(scene.assigned == number + 1))
        mine = labels == label
        assert scene.overlap[number] == pytest.approx((shown & mine).sum() / (shown | mine).sum())
        assert segments.descriptor("area")[segment[number]] == shown.sum()
    assert scene.places[0] == "object 1 of a (row 20, column 20)"


def test_what_lies_around_is_no_outlined_object(scene: OutlinedScene) -> None:
    segments, segment, touched = scene.others(100, 600)
    ids = scene.sample.superpixels
    assert len(segment)
    assert touched.any()
    assert not touched.all()
    for row, piece in zip(segment, touched, strict=True):
        partition = int(segments.partition[row])
        mask = (segments.labels[partition] == row)[ids]
        assert 100 <= mask.sum() <= 600
        overlaps = [(mask & (scene.labels == n)).sum() / (mask | (scene.labels == n)).sum() for n in range(1, 5)]
        assert max(overlaps) < 0.5
        assert ((scene.labels[mask] > 0).mean() > 0.1) == piece


def test_rules_of_four_discs_pay_them_and_the_two_others(folder: Path, scene: OutlinedScene) -> None:
    files = find_outlines(folder / "outlines", folder / "images")
    found = rules_from_outlines(files, WATERSHED, name="discs", describe=False)
    assert found.objects is not None
    assert found.objects.way == "darker"
    assert 16 < found.width[0] <= found.width[1] < 20
    assert found.check is not None
    assert found.check.median > 0.9
    assert not found.check.advice
    reward = Reward(parse_reward(found.text))
    np.testing.assert_allclose(check_objects(reward, [scene]).reward, found.check.reward)
    rows, columns = np.indices(SHAPE)
    rest = np.zeros(SHAPE, np.int32)
    for number, (row, column) in enumerate(CENTRES[4:], start=1):
        rest[(rows - row) ** 2 + (columns - column) ** 2 <= 81] = number
    others = check_objects(reward, [OutlinedScene("b", scene.sample, rest, 0)])
    assert (others.reward > 0.6).all()
    assert (others.outlined > 0.6).all()


RULES = """\
version: 1
name: strict
units: {{length: px, intensity: unit}}
classes: {{background: {{kind: area, over: 2000}}, debris: {{kind: area, under: 20}}}}
rewards:
  foreground:
    combine: geometric
    terms:
      size: {{kind: descriptor, property: equivalent_diameter_area, expected: {size}, scale: 1}}
      dark: {{kind: descriptor, property: contrast, expected: -0.2, scale: 0.1, side: above}}
  debris: 0
  background: 0
edges: {{cut: foreground, background: near}}
"""


def test_the_term_that_excludes_an_object_is_named(scene: OutlinedScene) -> None:
    check = check_objects(Reward(parse_reward(RULES.format(size=40))), [scene])
    text = "\n".join(check.lines)
    assert "what these rules pay for the 4 outlined objects:" in text
    assert "as they are outlined: 4 of 4 objects are paid less than 0.3 by these rules, most by size (4)" in text
    assert "object 2 of a (row 20, column 60) is paid 0.00, excluded by size (0.00)" in text
    assert "warning: half of the outlined objects are paid 0.00 or less" in text
    assert "widen or remove size" in text
    assert set(check.causes.values()) == {"size"}
    assert check.median < 0.01


def test_superpixels_that_show_nothing_are_blamed(scene: OutlinedScene) -> None:
    coarse = WATERSHED(scene.sample.image, "a", superpixels=np.zeros(SHAPE, np.int32))
    blind = OutlinedScene("a", coarse, scene.labels, 0)
    check = check_objects(Reward(parse_reward(RULES.format(size=[17, 19]))), [blind])
    assert check.overlap.max() == 0
    np.testing.assert_array_equal(check.reward, 0)
    assert (check.outlined > 0.6).all()
    text = "\n".join(check.lines)
    assert "object 1 of a (row 20, column 20) is not shown: no superpixel lies mostly in it" in text
    assert "choose other superpixels" in text


def test_nothing_outlined_is_nothing_paid(scene: OutlinedScene) -> None:
    empty = OutlinedScene("a", scene.sample, np.zeros(SHAPE, np.int32), 0)
    check = check_objects(Reward(parse_reward(RULES.format(size=18))), [empty, scene])
    assert len(check.reward) == 4
    assert check_objects(Reward(parse_reward(RULES.format(size=18))), [empty]).lines


def test_the_channel_that_shows_the_objects_is_written(tmp_path: Path) -> None:
    rows, columns = np.indices(SHAPE)
    inside = np.zeros(SHAPE, bool)
    for row, column in CENTRES:
        inside |= (rows - row) ** 2 + (columns - column) ** 2 <= 81
    rng = np.random.default_rng(0)
    shown = ndimage.gaussian_filter(np.where(inside, 200.0, 60.0), 1.0)
    colour = np.stack([np.full(SHAPE, 120.0), np.full(SHAPE, 120.0), shown], axis=2) + rng.normal(0, 4, (*SHAPE, 3))
    Image.fromarray(colour.clip(0, 255).astype(np.uint8)).save(tmp_path / "a.png")
    write_geojson(tmp_path / "a.geojson", [[octagon(*centre, 9.5)] for centre in CENTRES[:4]])
    found = rules_from_outlines(find_outlines(tmp_path, tmp_path), WATERSHED)
    (contrast,) = [line for line in found.text.splitlines() if "property: contrast" in line]
    assert ", channel: 2}" in contrast
    assert found.objects is not None
    assert (found.objects.way, found.objects.channel) == ("brighter", 2)
    assert found.check is not None
    assert found.check.median > 0.9
