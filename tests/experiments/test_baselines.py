"""The classical baselines: what they must find on drawn blobs, and that they survive any image."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage as ndi

from experiments.baselines import classical as baselines
from rlseg.metrics import by_image, score_image

PATH = Path(__file__).parents[2] / "experiments" / "baselines.py"
ALL = list(baselines.METHODS.values())


def discs(centres, radius=8, brightness=None, shape=(96, 96), blur=0.7):
    """An image of bright discs on a noisy background, and its truth."""
    rows, columns = np.indices(shape)
    truth = np.zeros(shape, np.int32)
    image = np.zeros(shape)
    for i, (r, c) in enumerate(centres):
        inside = ((rows - r) ** 2 + (columns - c) ** 2 <= radius**2) & (truth == 0)
        truth[inside] = i + 1
        image[inside] = 1.0 if brightness is None else brightness[i]
    image = ndi.gaussian_filter(image, blur) + np.random.default_rng(0).normal(0.1, 0.01, shape)
    return (image - image.min()) / np.ptp(image), truth


@pytest.mark.parametrize("method", ALL)
def test_separate_discs_are_found(method):
    image, truth = discs([(20, 20), (20, 70), (70, 45)])
    labels = method(image)
    assert labels.dtype == np.int32
    assert score_image(labels, truth).summary.ap[6] == 1  # IoU 0.8


def test_touching_discs_are_one_component_and_split_by_both_watersheds():
    image, truth = discs([(40, 40), (40, 55)])
    assert baselines.otsu_components(image).max() == 1
    for method in (baselines.otsu_watershed, baselines.local_threshold):
        assert score_image(method(image), truth).summary.ap75 == 1


def test_a_local_threshold_outlines_dim_objects_beside_bright_ones():
    image, truth = discs([(20, 20), (20, 70), (70, 20), (70, 70)], brightness=[1, 0.45, 1, 0.45], blur=1.4)
    local = score_image(baselines.local_threshold(image), truth).summary.mean_ap
    assert local > score_image(baselines.otsu_watershed(image), truth).summary.mean_ap + 0.1


def test_flat_outlines_are_placed_further_out():
    sharp, _ = discs([(30, 30), (30, 65)], blur=0.7)
    flat, _ = discs([(30, 30), (30, 65)], blur=3.0)
    outer, inner = baselines.LocalThreshold(), baselines.LocalThreshold(blurred=0)
    np.testing.assert_array_equal(outer(sharp), inner(sharp))
    assert np.count_nonzero(outer(flat)) > 1.2 * np.count_nonzero(inner(flat))


def test_every_object_is_one_piece_without_holes_of_enough_pixels():
    rng = np.random.default_rng(1)
    image = ndi.gaussian_filter(rng.random((80, 90)), 2)
    image = (image - image.min()) / np.ptp(image)
    for method in ALL:
        labels = method(image)
        ids = np.unique(labels[labels > 0])
        np.testing.assert_array_equal(ids, np.arange(1, len(ids) + 1))
        for i in ids:
            mask = labels == i
            assert mask.sum() >= baselines.MIN_AREA
            assert ndi.label(mask)[1] == 1
            holes = ndi.binary_fill_holes(mask) & ~mask
            assert (labels[holes] > 0).all()  # only another object may lie inside


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 3), (8, 8), (33, 50)])
def test_empty_and_tiny_images_give_no_object_and_no_warning(method, shape):
    assert not method(np.zeros(shape, np.float32)).any()
    one = np.zeros(shape, np.float32)
    one.flat[0] = 1
    assert not method(one).any()


def test_real_nuclei_reach_the_documented_order():
    folder = PATH.parent / "data" / "nuclei" / "train"
    paths = sorted((folder / "images").glob("*.png"))[::12]
    pairs = []
    for path in paths:
        image = np.asarray(Image.open(path), float)
        truth = np.asarray(Image.open(folder / "labels" / path.name)).astype(np.int32)
        pairs.append(((image - image.min()) / np.ptp(image), truth))
    components, watershed, outlined, local = (by_image(baselines.score(method, pairs)).mean_ap for method in ALL)
    assert 0.45 < components < watershed < local
    assert outlined > watershed + 0.05
    assert local > 0.64


def test_the_command_prints_a_table_and_one_line_for_bad_input(tmp_path, capsys):
    image, truth = discs([(20, 20), (60, 60)])
    for name, array in (
        ("images", np.rint(image * 255).astype(np.uint8)),
        ("labels", truth.astype(np.uint16)),
    ):
        (tmp_path / name).mkdir()
        Image.fromarray(array).save(tmp_path / name / "a.png")
    arguments = ["--images", str(tmp_path / "images"), "--labels", str(tmp_path / "labels")]
    assert baselines.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 images")
    assert [line.split("|")[1].strip() for line in lines[3:]] == list(baselines.METHODS)
    assert all("1.000/1.000" in line or "/1.000/" in line for line in lines[3:])
    assert baselines.main(["--images", str(tmp_path / "none"), "--labels", str(tmp_path)]) == 2
    assert "no such file" in capsys.readouterr().err
