"""Label images as TIFF: every type and size survives."""

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.errors import RlsegError
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_labels
from rlseg.prediction.writers.tiff import write_labels


@pytest.mark.parametrize(
    ("largest", "dtype"),
    [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4"), (2**31 - 1, "u4"), (2**32 - 1, "u4")],
)
def test_labels_are_stored_in_the_smallest_type_and_read_back(tmp_path, largest, dtype):
    image = np.zeros((7, 9), np.int64)
    image[2:4, 3:] = largest
    write_labels(tmp_path / "a.tif", image)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        assert file.series[0].axes == "YX"
        stored = file.asarray()
    assert stored.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(stored, image)
    if largest < 2**31:
        np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), image)


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_every_size_survives_the_round_trip(tmp_path_factory, height, width, seed):
    image = np.random.default_rng(seed).integers(0, 300, (height, width))
    path = tmp_path_factory.mktemp("labels") / "a.tif"
    write_labels(path, image)
    np.testing.assert_array_equal(read_labels(path, (height, width)), image)


def test_29_seventy_thousand_objects(tmp_path):
    image = np.arange(70_001).reshape(1, -1)
    write_labels(tmp_path / "a.tif", image)
    assert tifffile.imread(tmp_path / "a.tif").dtype == np.uint32
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), image)


@pytest.mark.parametrize(
    "image", [np.array([[-1]]), np.array([[2**32]]), np.zeros((2,) * 4, int), np.zeros((0, 3), int)]
)
def test_what_is_no_label_image_is_not_written(tmp_path, image):
    with pytest.raises(ValueError, match="labels must be"):
        write_labels(tmp_path / "a.tif", image)
    assert not list(tmp_path.iterdir())


def test_75_programs_that_read_no_ome_metadata_find_the_pixel_size(tmp_path):
    write_labels(tmp_path / "a.tif", np.ones((3, 4), int), PixelSize(0.5, 0.25))
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = file.pages[0].tags
        assert tags["ResolutionUnit"].value == tifffile.RESUNIT.CENTIMETER
        per_cm = [tags[name].value[0] / tags[name].value[1] for name in ("YResolution", "XResolution")]
    assert per_cm == [20_000, 40_000]


def test_equal_labels_are_equal_files(tmp_path):
    for name in "ab":
        write_labels(tmp_path / name, np.eye(5, dtype=int), PixelSize(1, 1))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_folder_is_a_clean_error(tmp_path):
    with pytest.raises(RlsegError, match=r"cannot write .*a\.tif"):
        write_labels(tmp_path / "none" / "a.tif", np.eye(3, dtype=int))
