"""The recipes of a scikit-image user: what each must find on drawn scenes, and that the best setting is the best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage as ndi

from experiments.baselines import recipes
from experiments.baselines.recipes import RECIPES, Known, best_setting, keep, opened, peaks
from rlseg.arrays import Bools, Labels, Pixels
from rlseg.metrics import by_image, score_image

KNOWN = Known(width=18, smallest=80, largest=400)
CENTRES = ((14, 14), (14, 32), (46, 14), (45, 47))  # the first two touch


def discs(radius: int = 9, size: int = 62) -> Labels:
    """(size, size) discs 1..4 on 0."""
    rows, columns = np.indices((size, size))
    truth = np.zeros((size, size), np.int32)
    for number, (row, column) in enumerate(CENTRES, 1):
        truth[((rows - row) ** 2 + (columns - column) ** 2 <= radius**2) & (truth == 0)] = number
    return truth


def scene(look: str, light: float = 0.0) -> tuple[Pixels, Labels]:
    """A (1, H, W) image in [0, 1] of the discs, with noise: bright, dark, or with a bright rim; and its truth."""
    truth = discs()
    inside = (truth > 0).astype(float)
    if look == "rims":
        grown, small = discs(radius=10), discs(radius=8)
        lines = (grown > 0) & (small == 0)
        inside = lines.astype(float)
    image = 0.2 + 0.4 * inside * (-1 if look == "dark" else 1) + (0.4 if look == "dark" else 0)
    image = image + light * np.indices(truth.shape)[1] / truth.shape[1]
    image = ndi.gaussian_filter(image, 0.7) + np.random.default_rng(0).normal(0, 0.01, truth.shape)
    return ((image - image.min()) / np.ptp(image))[None].astype(np.float32), truth


def best(name: str, look: str, light: float = 0.0) -> tuple[float, str]:
    """mAP and name of the best setting of a recipe."""
    found = best_setting(RECIPES[name], [scene(look, light)], KNOWN)
    return by_image(found.scores).mean_ap, found.setting


@pytest.mark.parametrize("look", ["bright", "dark"])
@pytest.mark.parametrize("name", ["Otsu + distance watershed", "local threshold"])
def test_thresholds_find_touching_discs_of_either_polarity(name: str, look: str) -> None:
    mean_ap, setting = best(name, look)
    assert mean_ap > 0.85
    assert setting.startswith(look)


def test_a_local_threshold_alone_bears_uneven_light() -> None:
    assert best("local threshold", "bright", light=1.2)[0] > 0.7
    assert best("Otsu + distance watershed", "bright", light=1.2)[0] < 0.5


def test_rims_are_found_by_the_line_filter_alone() -> None:
    mean_ap, setting = best("rim filter + watershed", "rims")
    assert mean_ap > 0.6
    assert setting.startswith("bright rims")
    assert best("Otsu + distance watershed", "rims")[0] < mean_ap - 0.1


def test_felzenszwalb_finds_separate_discs_and_leaves_the_ground() -> None:
    image, truth = scene("bright")
    apart = np.where(truth == 2, 0, truth)
    image = np.where(truth == 2, image[:, :1, :1], image)
    assert by_image(best_setting(RECIPES["Felzenszwalb"], [(image, apart)], KNOWN).scores).mean_ap > 0.8


@pytest.mark.parametrize("name", RECIPES)
def test_all_settings_give_objects_of_the_known_size_numbered_from_1(name: str) -> None:
    image, _ = scene("bright")
    names = []
    for setting, found in RECIPES[name](image, KNOWN):
        names.append(setting)
        assert found.dtype == np.int32
        area = np.bincount(found.ravel(), minlength=1)[1:]
        assert (area >= KNOWN.smallest).all(), setting  # so that there are no gaps in the numbers
        if name in ("rim filter + watershed", "Felzenszwalb"):
            assert (area <= KNOWN.largest).all(), setting
    assert len(set(names)) == len(names), "each setting has its own name"


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 3), (3, 9, 8)])
def test_tiny_flat_images_give_no_object_and_no_warning(name: str, shape: tuple[int, int, int]) -> None:
    for value in (0, 1):
        for setting, found in RECIPES[name](np.full(shape, value, np.float32), KNOWN):
            assert found.shape == shape[1:]
            assert not found.any(), setting


def test_colours_are_tried_one_by_one() -> None:
    image, truth = scene("bright")
    flat = np.full_like(image, 0.5)
    coloured = np.concatenate([1 - image, image, flat])  # their mean is flat
    found = best_setting(RECIPES["Otsu + distance watershed"], [(coloured, truth)], KNOWN)
    assert "channel" in found.setting
    assert by_image(found.scores).mean_ap > 0.85


def test_the_best_setting_is_the_best_of_all_by_image() -> None:
    pairs = [scene("bright"), scene("bright", light=0.6)]

    def three(image: Pixels, known: Known):  # type: ignore[no-untyped-def]
        for level in (0.9, 0.5, 0.01):
            yield f"{level}", keep(ndi.label(image[0] > level)[0], known.smallest)

    found = best_setting(three, pairs, KNOWN)
    expected = {
        level: np.mean([score_image(dict(three(i, KNOWN))[level], t).summary.mean_ap for i, t in pairs])
        for level in ("0.9", "0.5", "0.01")
    }
    assert found.setting == max(expected, key=lambda level: expected[level])
    assert by_image(found.scores).mean_ap == pytest.approx(expected[found.setting])
    assert (found.settings, len(found.scores)) == (3, 2)


def brute_opening(mask: Bools, radius: int) -> Bools:
    """Union of all discs that fit; beyond the border everything is mask."""
    offsets = [
        (r, c) for r in range(-radius, radius + 1) for c in range(-radius, radius + 1) if r * r + c * c <= radius**2
    ]
    wide = np.pad(mask, 2 * radius, constant_values=True)
    result = np.zeros_like(wide)
    for row, column in np.argwhere(wide):
        places = [(row + r, column + c) for r, c in offsets]
        if all(not (0 <= r < wide.shape[0] and 0 <= c < wide.shape[1]) or wide[r, c] for r, c in places):
            for r, c in places:
                if 0 <= r < wide.shape[0] and 0 <= c < wide.shape[1]:
                    result[r, c] = True
    inner = slice(2 * radius, -2 * radius)
    return result[inner, inner] & mask


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_an_opening_keeps_what_discs_cover(radius: int) -> None:
    rng = np.random.default_rng(radius)
    mask = ndi.gaussian_filter(rng.normal(size=(24, 20)), 2) > 0
    mine = opened(mask, ndi.distance_transform_edt(mask), radius)
    slow = brute_opening(mask, radius)
    inner = slice(2 * radius, -2 * radius)
    np.testing.assert_array_equal(mine[inner, inner], slow[inner, inner])
    assert not (mine & ~mask).any()


def test_centres_are_as_far_apart_as_asked() -> None:
    depth = ndi.gaussian_filter(ndi.distance_transform_edt(discs() > 0), 1)
    assert peaks(depth, 9).max() == len(CENTRES)
    assert 0 < peaks(depth, 30).max() < len(CENTRES)
    np.testing.assert_array_equal(np.unique(peaks(depth, 9)), np.arange(len(CENTRES) + 1))


def test_keep_numbers_what_has_the_size() -> None:
    labels = np.array([[0, 5, 5, 5], [2, 2, 0, 9], [7, 7, 7, 7]])
    np.testing.assert_array_equal(keep(labels, 2, 3), [[0, 2, 2, 2], [1, 1, 0, 0], [0, 0, 0, 0]])


def test_the_command_prints_the_best_of_each_and_refuses_nonsense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image, truth = scene("bright")
    for name, array in (("images", np.rint(255 * image[0]).astype(np.uint8)), ("labels", truth.astype(np.uint16))):
        (tmp_path / name).mkdir()
        Image.fromarray(array).save(tmp_path / name / "a.png")
    assert recipes.main([str(tmp_path), "--width", "18", "--areas", "80", "400"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split("|")[1].strip() for line in lines] == list(RECIPES)
    assert float(lines[0].split("|")[2]) > 0.85
    assert recipes.main([str(tmp_path), "--width", "18", "--areas", "400", "80"]) == 2
    assert "400 to 80 px" in capsys.readouterr().err
