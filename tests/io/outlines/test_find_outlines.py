"""Which outlines belong to which image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outline_files import write_coco, write_geojson, write_labelme, write_napari
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io import find_outlines, read_outlines

SIZE = (12, 14)
RING = [[2, 2], [8, 2], [8, 8], [2, 8]]


def silent(note: str) -> None:
    raise AssertionError(note)


def images(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.arange(168, dtype=np.uint8).reshape(SIZE)).save(folder / name)
    return folder


def outlined(path: Path) -> Path:
    """A file of outlines of the kind that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".geojson":
            return write_geojson(path, [[RING]])
        case ".json":
            return write_labelme(path, [{"points": RING}], SIZE)
        case ".csv":
            return write_napari(path, [("polygon", RING)])
        case ".png" | ".tif":
            Image.fromarray(np.eye(14, dtype=np.uint8)[:12]).save(path)
        case _:
            import roifile

            roifile.ImagejRoi.frompoints(np.array(RING)).tofile(path)
    return path


@pytest.mark.parametrize("beside", [True, False], ids=["beside the images", "in a folder of their own"])
@pytest.mark.parametrize(
    "ending", [".roi", ".zip", ".rois.zip", "_RoiSet.zip", "-rois.zip", ".geojson", "_annotations.geojson", ".json",
               ".csv", "_shapes.csv", "_cp_masks.tif", "_cp_masks.png", "_mask.png", ".tif.geojson"],
)  # fmt: skip
def test_by_the_name_of_the_image(ending: str, beside: bool, tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif", "b.tif", "a2.tif")
    where = folder if beside else tmp_path / "mine"
    files = [outlined(where / f"{stem}{ending}") for stem in ("a", "b")]
    found = find_outlines(where, folder, silent)
    assert [(f.stem, f.path, f.image) for f in found] == [
        (stem, path, folder / f"{stem}.tif") for stem, path in zip("ab", files, strict=True)
    ]


def test_one_image_and_one_file(tmp_path: Path) -> None:
    folder = images(tmp_path, "plate 7.tif")
    path = outlined(tmp_path / "RoiSet.zip")
    for source in (tmp_path, path):
        (found,) = find_outlines(source, folder, silent)
        assert (found.stem, found.path) == ("plate 7", path)
    path.rename(tmp_path / "mine.zip")
    notes: list[str] = []
    assert find_outlines(tmp_path, folder, notes.append)[0].path == tmp_path / "mine.zip"
    assert notes == [
        f"{tmp_path}/mine.zip is taken for the outlines of {tmp_path}/plate 7.tif: there is only one of each"
    ]
    images(tmp_path, "plate 8.tif")
    with pytest.raises(RlsegError, match=r"no outlines in .* belong to an image in .*mine\.zip"):
        find_outlines(tmp_path, folder, silent)


def test_single_regions_of_the_one_image_or_in_a_folder_of_its_name(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif")
    for number in range(3):
        outlined(tmp_path / "mine" / f"000{number}-0100.roi")
    (found,) = find_outlines(tmp_path / "mine", folder, silent)
    assert found.path == tmp_path / "mine"
    images(folder, "b.tif")
    for number in range(3):
        outlined(tmp_path / "sorted" / "b" / f"000{number}-0100.roi")
    (found,) = find_outlines(tmp_path / "sorted", folder, silent)
    assert (found.stem, found.path) == ("b", tmp_path / "sorted" / "b")


def test_one_file_of_coco_for_all(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif", "b.png", "c.png")
    flat = [[n for point in RING for n in point]]
    path = write_coco(
        tmp_path / "mine.json", {"a.tif": [{"segmentation": flat}], "sub/c.jpg": [{"segmentation": flat}]}, SIZE
    )
    for source in (path, tmp_path):
        found = find_outlines(source, folder, silent)
        assert [(file.stem, file.path) for file in found] == [("a", path), ("c", path)]


def test_patterns_and_folders_within(tmp_path: Path) -> None:
    folder = images(tmp_path / "plate", "one/a.tif", "two/a.tif")
    files = [outlined(tmp_path / "mine" / place / "a_mask.png") for place in ("one", "two")]
    found = find_outlines(tmp_path / "mine", folder / "*" / "*.tif", silent)
    assert [(file.stem, file.path) for file in found] == [("one/a", files[0]), ("two/a", files[1])]
    images(tmp_path / "raw", "x_dapi.tif", "y_dapi.tif")
    mine = outlined(tmp_path / "raw" / "x_hand.roi")
    (only,) = find_outlines(tmp_path / "raw" / "*_hand.roi", tmp_path / "raw" / "*_dapi.tif", silent)
    assert (only.stem, only.path, only.image) == ("x_dapi", mine, tmp_path / "raw" / "x_dapi.tif")


def test_what_belongs_to_no_image_is_told_and_two_files_for_one_are_asked_about(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif", "b.tif")
    mine = tmp_path / "mine"
    outlined(mine / "a.roi")
    outlined(mine / "c.geojson")
    notes: list[str] = []
    (found,) = find_outlines(mine, folder, notes.append)
    assert found.stem == "a"
    assert notes == [f"{mine}: 1 file of outlines without an image of that name: c.geojson"]
    outlined(mine / "a.json")
    with pytest.raises(RlsegError, match=r"a has outlines in 2 files: a\.json, a\.roi"):
        find_outlines(mine, folder, notes.append)


def test_images_beside_masks_that_nobody_named(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif")
    images(tmp_path / "mine", "a.tif")
    outlined(tmp_path / "mine" / "a_mask.tif")
    with pytest.raises(RlsegError, match=r"which of them are the labels\?"):
        find_outlines(tmp_path / "mine", folder, silent)


def test_nothing_there(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif")
    (tmp_path / "empty").mkdir()
    for source, said in ((tmp_path / "empty", "no outlines in"), (tmp_path / "no", "no such file or folder")):
        with pytest.raises(RlsegError, match=said):
            find_outlines(source, folder, silent)


def test_tables_and_texts_of_other_kinds_beside_are_no_outlines(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a.tif", "b.tif")
    mine = outlined(folder / "a.roi")
    (folder / "a.csv").write_text("image,label,area\na,1,12\n")
    (folder / "metadata.json").write_text('{"microscope": "old"}')
    (folder / "broken.json").write_text("{")
    notes: list[str] = []
    (found,) = find_outlines(folder, folder, notes.append)
    assert (found.stem, found.path) == ("a", mine)
    assert notes == [f"{folder}: 1 file of outlines without an image of that name: broken.json"]


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "a.geojson", [[RING]])
    assert read_outlines(path, SIZE).names == {1: "cell 0"}
    write_geojson(path, [[RING], [[[9, 9], [11, 9], [11, 11]]]])
    assert read_outlines(path, SIZE).names == {1: "cell 0", 2: "cell 1"}
