"""What lies in folders beside images, and patterns that name some of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from rlseg.__main__ import main
from rlseg.errors import RlsegError
from rlseg.io.find import ImageFile, find_images, find_labels
from rlseg.io.names import masks_among
from rlseg.io.outlines import find_outlines


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).touch()
    return folder


def found(*sources: Path, **more: Path) -> tuple[list[str], list[str]]:
    """The stems of the images, and what is said about others."""
    said: list[str] = []
    return [file.stem for file in find_images(sources, say=said.append, **more)], said


@pytest.mark.parametrize(
    ("names", "images", "masks"),
    [
        (("a.tif", "a_mask.tif", "b.tif", "b_mask.png"), ["a", "b"], "2 images"),
        (("image_1.png", "image_2.png", "mask_1.png", "mask_2.png"), ["image_1", "image_2"], "2 images"),
        (("000_img.png", "000_masks.png", "001_img.png"), ["000_img", "001_img"], "1 image"),
        (("x.ome.tif", "x_labels.ome.tif", "y.tif"), ["x", "y"], "1 image"),
        (("cell 1.tif", "cell 1-Seg.TIF", "cell 1_cp_masks.png"), ["cell 1"], "2 images"),
    ],
)
def test_96_masks_beside_images_are_left_out_and_said(
    names: tuple[str, ...], images: list[str], masks: str, tmp_path: Path
) -> None:
    stems, (said,) = found(touch(tmp_path / "in", *names))
    assert stems == images
    assert f"in: {masks} left out, by their names masks of others: " in said
    assert found(tmp_path / "in" / "*")[0] == images


def test_96_names_of_masks_without_an_image_are_images(tmp_path: Path) -> None:
    names = ("a_mask.tif", "b_labels.tif", "mask.tif", "masked.tif", "seg_c.tif", "a.b_maskedx.tif")
    assert found(touch(tmp_path / "in", *names)) == (sorted(Path(name).stem for name in names), [])
    assert masks_among([Path("a_seg.tif"), Path("b.tif")]) == {}


@pytest.mark.parametrize(
    ("names", "images"),
    [
        (("images/a.tif", "masks/a.tif", "images/b.tif", "masks/b.tif"), ["images/a", "images/b"]),
        (("one/img/a.tif", "one/Labels/a.png", "two/img/b.tif"), ["one/img/a", "two/img/b"]),
        (("images/a.tif", "other/a_mask.tif"), ["images/a"]),
        (("one/a.tif", "one/a_seg.tif", "two/a.tif", "two/a_seg.tif"), ["one/a", "two/a"]),
        (("masks/a.tif", "labels/b.tif"), ["labels/b", "masks/a"]),
    ],
)
def test_96_folders_of_masks_beside_those_of_images(names: tuple[str, ...], images: list[str], tmp_path: Path) -> None:
    stems, said = found(touch(tmp_path / "in", *names) / "**" / "*.*")
    assert stems == images
    assert sum(int(line.split(": ")[1].split()[0]) for line in said) == len(names) - len(images)


def test_96_what_users_name_themselves_is_taken_with_a_word(tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", "a.tif", "a_mask.tif")
    stems, (said,) = found(folder / "a.tif", folder / "a_mask.tif")
    assert stems == ["a", "a_mask"]
    assert said.startswith("1 image that you name may be a mask of another, by the name: ")
    assert found(folder / "a_mask.tif") == (["a_mask"], [])


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (("a.tif", "a_mask.tif"), "*_mask.tif"),
        (("a.tif", "b.tif", "seg_a.png", "seg_b.png"), "seg_*.png"),
        (("a.png", "a_cp_masks.tif"), "*_cp_masks.tif"),
    ],
)
def test_96_labels_that_could_be_either_are_asked_for(names: tuple[str, ...], pattern: str, tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", *names)
    copies = touch(tmp_path / "copies", "a.tif")
    for find in (
        lambda: find_images(folder, folder, say=[].append),
        lambda: find_images(copies, folder),
        lambda: find_labels(folder),
    ):
        with pytest.raises(RlsegError, match="has a mask beside it") as error:
            find()
        assert error.value.hint == f'name them by a pattern: "{folder}/{pattern}"'
    files = find_images(folder / "[ab].*", folder / pattern)
    assert [(file.stem, file.labels) for file in files] == [
        (file.stem, folder / pattern.replace("*", file.stem)) for file in files
    ]
    assert [file.stem for file in find_labels(folder / pattern)] == [file.stem for file in files]


def test_96_an_image_is_not_its_own_label_image(tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", "a.tif", "b.tif")
    with pytest.raises(RlsegError, match=r"a\.tif is given as an image and as its label image"):
        find_images(folder, folder)
    with pytest.raises(RlsegError, match="as its superpixel image"):
        find_images(folder, None, folder)
    with pytest.raises(RlsegError, match=r"no outlines in .* besides the images themselves"):
        find_outlines(folder, folder)


def test_96_objects_are_measured_from_masks_beside_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = np.zeros((30, 40), np.uint8)
    for number, column in enumerate((5, 15, 25)):
        labels[10:16, column : column + 6] = number + 1
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "a_raw.tif", labels * 50 + 7)
    tifffile.imwrite(tmp_path / "in" / "a_mask.tif", labels)
    words = ["reward", "measure", "--outlines", str(tmp_path / "in" / "*_mask.tif")]
    for images in ([], ["*_raw.tif"], ["*.tif"]):
        assert main([*words, *(word for name in images for word in ("--images", str(tmp_path / "in" / name)))]) == 0
        told = capsys.readouterr()
        assert "3 outlined objects in 1 image(s)" in told.out
        assert "left out, by their names" not in told.err  # these masks are the outlines
    (tmp_path / "mine").mkdir()
    tifffile.imwrite(tmp_path / "mine" / "a_raw.tif", labels)
    assert main(["reward", "measure", "--outlines", str(tmp_path / "mine"), "--images", str(tmp_path / "in")]) == 0
    assert capsys.readouterr().err.count("1 image left out, by their names masks of others") == 1


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("1.jpg", "2.jpeg", "a.txt"), "2 files left out, no NIfTI, PNG, TIFF or Zarr: 1.jpg, 2.jpeg"),
        (("stack.czi", "table.csv", "LICENSE"), "1 file left out, no NIfTI, PNG, TIFF or Zarr: stack.czi"),
        (
            tuple(f"{n}.nd2" for n in range(7)),
            "7 files left out, no NIfTI, PNG, TIFF or Zarr: 0.nd2, 1.nd2, 2.nd2, 3.nd2, 4.n",
        ),
        (("sub/a.tif", "other/notes.txt", "deep/er/x.tif"), "1 subfolder with images not looked at: sub"),
    ],
)
def test_97_what_is_left_out_is_counted_and_said(names: tuple[str, ...], said: str, tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", "image.tif", *names)
    stems, (line,) = found(folder)
    assert stems == ["image"]
    assert line.startswith(f"{folder}: {said}")
    with pytest.warns(UserWarning, match="left out|not looked at"):
        find_images(folder)


def test_97_ordinary_company_is_not_mentioned(tmp_path: Path) -> None:
    names = ("a.csv", "b.json", "c.rois.zip", "README", "d.md", "e/notes.txt", ".hidden/x.tif", ".x.jpg")
    assert found(touch(tmp_path / "in", "image.tif", *names)) == (["image"], [])


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (("one/a.tif", "two/b.tif"), 'take all by a pattern, "'),
        (("one/two/a.tif",), "its subfolders have some"),
        (("1.jpg", "2.bmp"), r"convert what is there, like 1.jpg, to TIFF \(2 files of other kinds\)"),
    ],
)
def test_97_a_folder_without_images_says_where_some_are(names: tuple[str, ...], hint: str, tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match=rf"no NIfTI, PNG, TIFF or Zarr image in the folder .*\n.*{hint}"):
        find_images(touch(tmp_path / "in", *names))


def test_97_patterns(tmp_path: Path) -> None:
    folder = touch(
        tmp_path / "in", "a.tif", "b.tif", "b.png", "one/a.tif", "one/x.jpg", "one/.h/a.tif", "two/deep/c.ome.tif",
        "two/z.zarr/inner.tif", "empty/notes.txt",
    )  # fmt: skip
    for pattern, stems in {
        "*.tif": ["a", "b"],
        "[b].png": ["b"],
        "?.tif": ["a", "b"],
        "*/a.*": ["one/a"],
        "**/*.tif": ["a", "b", "one/a", "two/deep/c"],
        "t*/**": ["two/deep/c", "two/z"],
        "two/deep/*": ["c"],
        "one": ["a"],
        "on*": ["one/a"],
    }.items():
        assert [file.stem for file in find_images(folder / pattern, say=[].append)] == stems, pattern
    (folder / "odd[1].tif").touch()
    assert [file.stem for file in find_images(folder / "odd[1].tif")] == ["odd[1]"]


@pytest.mark.parametrize("pattern", ["*.bmp", "no*/a.tif", "nowhere/*.tif", "*.txt"])
def test_97_patterns_that_name_no_image(pattern: str, tmp_path: Path) -> None:
    folder = touch(tmp_path / "in", "a.tif", "notes.txt")
    with pytest.raises(RlsegError, match=r"name like|has the name") as error:
        find_images(folder / pattern)
    assert pattern in error.value.message
    assert "\n" not in error.value.message


def test_97_labels_of_images_in_subfolders(tmp_path: Path) -> None:
    names = ("one/a.tif", "one/b.tif", "two/a.tif")
    images, truth = touch(tmp_path / "images", *names), touch(tmp_path / "truth", *names)
    expected = [ImageFile(name.removesuffix(".tif"), images / name, truth / name) for name in names]
    assert list(find_images(images / "**" / "*.tif", truth)) == expected
    assert list(find_images(images / "*" / "?.tif", truth / "*" / "?.tif")) == expected
    (truth / "two" / "a.tif").unlink()
    touch(truth, "two/b.tif")
    with pytest.raises(RlsegError, match=r"1 of 3 images lack a label image .*: a\.tif"):
        find_images(images / "**" / "*.tif", truth)


def test_26_97_patterns_follow_no_link_out_of_their_folder(tmp_path: Path) -> None:
    secret = touch(tmp_path / "home", "secret.tif")
    folder = touch(tmp_path / "in", "sub/a.tif")
    (folder / "loop").symlink_to(folder)
    (folder / "way").symlink_to(secret)
    assert [file.stem for file in find_images(folder / "**" / "*.tif")] == ["sub/a"]
    with pytest.raises(RlsegError, match="leads out"):
        find_images(folder / "*" / "secret.tif")
