"""Which files make a data set."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from rlseg.data.files import find_images
from rlseg.errors import RlsegError


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    for name in names:
        tifffile.imwrite(folder / name, np.zeros((2, 2), np.uint8))
    return folder


def test_a_folder_is_listed_by_stem_and_only_its_images(tmp_path):
    folder = touch(tmp_path / "in", "b.tif", "a.TIFF", "c.png", ".hidden.png", "notes.txt")
    (folder / "sub.tif").mkdir()
    files = find_images(folder)
    assert [file.stem for file in files] == ["a", "b", "c"]
    assert [file.image.name for file in files] == ["a.TIFF", "b.tif", "c.png"]
    assert all(file.labels is None and file.superpixels is None for file in files)


def test_files_and_folders_mix_and_a_file_named_twice_counts_once(tmp_path, monkeypatch):
    folder = touch(tmp_path / "in", "b.tif", "a.tif")
    other = touch(tmp_path / "more", "0.tif") / "0.tif"
    assert [f.stem for f in find_images([folder, other, folder / "a.tif"])] == ["0", "a", "b"]
    monkeypatch.chdir(tmp_path)
    assert len(find_images([folder, Path("in/a.tif")])) == 2


def test_names_may_hold_spaces_dots_and_any_letters(tmp_path):
    folder = touch(tmp_path / "Bilder für Übung", "Zelle 1 µm.tif", "a.b.tif", "x" * 240 + ".tif")
    assert [f.stem for f in find_images(folder)] == ["Zelle 1 µm", "a.b", "x" * 240]


def test_labels_and_superpixels_are_found_by_stem(tmp_path):
    images = touch(tmp_path / "images", "b.png", "a.tif")
    labels = touch(tmp_path / "labels", "a.png", "b.tif", "unused.tif")
    superpixels = touch(tmp_path / "sp", "a.tif", "b.tif")
    files = find_images(images, labels, superpixels)
    assert [f.labels.name for f in files] == ["a.png", "b.tif"]
    assert [f.superpixels.name for f in files] == ["a.tif", "b.tif"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: find_images(p / "nowhere"), "no such file or folder: .*nowhere"),
        (
            lambda p: find_images(touch(p / "empty", "notes.txt")),
            "no PNG or TIFF image in the folder .*empty",
        ),
        (lambda p: find_images([]), "no images given"),
        (
            lambda p: find_images(touch(p / "in", "a.tif", "a.png")),
            r"share the stem a: .*a\.png and .*a\.tif",
        ),
        (lambda p: find_images([touch(p / "1", "a.tif"), touch(p / "2", "a.tif")]), "share the stem a"),
        (lambda p: find_images(touch(p / "in", "a.tif"), p / "labels"), "no such folder of label images"),
        (
            lambda p: find_images(touch(p / "in", "a.tif", "b.tif", "c.tif"), touch(p / "labels", "b.tif")),
            r"2 of 3 images lack a label image in .*labels: a\.tif",
        ),
        (
            lambda p: find_images(touch(p / "in", "a.tif", "b.tif"), touch(p / "labels", "b.tif"), labelled=["a"]),
            r"1 of 1 images lack a label image in .*labels: a\.tif",
        ),
        (
            lambda p: find_images(touch(p / "in", "a.tif"), touch(p / "labels", "a.tif"), labelled=["b"]),
            "no image b among the 1 images",
        ),
        (lambda p: find_images(touch(p / "in", "a.tif"), labelled=["a"]), "no folder of labels"),
        (
            lambda p: find_images(touch(p / "in", "a.tif"), None, touch(p / "sp", "b.tif")),
            "lack a superpixel image",
        ),
    ],
)
def test_problems_are_one_line_with_a_hint(tmp_path, make, message):
    with pytest.raises(RlsegError, match=message) as error:
        make(tmp_path)
    assert "\n" not in error.value.message
    assert error.value.hint


def test_a_symlink_loop_is_no_file(tmp_path):
    loop = tmp_path / "loop.tif"
    loop.symlink_to(loop)
    with pytest.raises(RlsegError, match="no such file"):
        find_images(loop)
