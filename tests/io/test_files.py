"""Which files make a data set."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.find import KINDS, find_images


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


def test_27_names_may_hold_spaces_dots_and_any_letters(tmp_path):
    folder = touch(tmp_path / "Bilder für Übung", "Zelle 1 µm.tif", "a.b.tif", "x" * 240 + ".tif")
    assert [f.stem for f in find_images(folder)] == ["Zelle 1 µm", "a.b", "x" * 240]
    deep = touch(folder / ("y" * 150) / ("z" * 150), "細胞.tif")
    assert len(str(deep)) > 300
    assert [f.stem for f in find_images(deep)] == ["細胞"]


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
            f"no {KINDS} image in the folder .*empty",
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


def test_26_links_in_a_loop_are_an_error_or_no_image(tmp_path):
    loop = tmp_path / "in" / "loop.tif"
    touch(tmp_path / "in", "a.tif")
    loop.symlink_to(loop)
    with pytest.raises(RlsegError, match=r"cannot read .*loop"):
        find_images(loop)
    with pytest.raises(RlsegError, match=r"cannot read .*loop"):
        find_images([tmp_path / "in" / "a.tif", loop])
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "again.tif").symlink_to(tmp_path / "in")
    loop.unlink()
    assert [f.stem for f in find_images(tmp_path / "in")] == ["a"]


def test_26_links_out_of_a_folder_are_an_error(tmp_path):
    secret = touch(tmp_path / "home", "secret.tif") / "secret.tif"
    folder = touch(tmp_path / "in", "a.tif")
    (folder / "b.tif").symlink_to("a.tif")
    assert len(find_images(folder)) == 2
    (tmp_path / "other").symlink_to(folder)  # a link that the user names is what the user wants
    assert len(find_images(tmp_path / "other")) == 2
    (folder / "c.tif").symlink_to("../home/secret.tif")
    with pytest.raises(RlsegError, match=r"c\.tif is a link that leads out of its folder"):
        find_images(folder)
    with pytest.raises(RlsegError, match="leads out"):
        find_images(touch(tmp_path / "images", "c.tif"), folder)
    assert find_images(folder / "c.tif")[0].image.resolve() == secret


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "..", "", "a/../a"])
def test_26_listed_names_are_names_and_not_paths(tmp_path, name):
    folder = touch(tmp_path / "in", "a.tif")
    with pytest.raises(RlsegError, match=f"no image {name}"):
        find_images(folder, touch(tmp_path / "labels", "a.tif"), labelled=[name])


def test_27_names_that_are_too_long_are_an_error(tmp_path):
    with pytest.raises(RlsegError, match=r"cannot read .*File name too long"):
        find_images(tmp_path / ("x" * 300 + ".tif"))


def test_24_folders_that_may_not_be_read(tmp_path, monkeypatch):
    folder = touch(tmp_path / "in", "a.tif")

    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(RlsegError, match=r"cannot list .*in: Permission denied"):
        find_images(folder)
    monkeypatch.setattr(Path, "stat", forbidden)
    with pytest.raises(RlsegError, match=r"cannot read .*a\.tif: Permission denied"):
        find_images(folder / "a.tif")


def test_28_ome_is_no_part_of_the_stem(tmp_path):
    folder = touch(tmp_path / "in", "a.ome.tif", "b.ome.png")
    assert [f.stem for f in find_images(folder)] == ["a", "b.ome"]
    (folder / "a.ome.zarr").mkdir()
    with pytest.raises(RlsegError, match=r"share the stem a: .*a\.ome\.tif and .*a\.ome\.zarr"):
        find_images(folder)


def test_zarr_folders_are_images(tmp_path):
    folder = touch(tmp_path / "in", "a.tif")
    (folder / "b.zarr").mkdir()
    (folder / "file.zarr").write_text("")
    (folder / "inner").mkdir()
    (folder / "inner" / "zarr.json").write_text("{}")
    with pytest.warns(UserWarning, match=r"1 file left out, no .*: file\.zarr"):
        assert [f.stem for f in find_images(folder)] == ["a", "b"]
    assert [f.stem for f in find_images(folder / "b.zarr")] == ["b"]
    assert [f.image for f in find_images(folder / "inner")] == [folder / "inner"]
