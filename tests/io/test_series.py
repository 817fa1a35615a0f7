"""Files and folders of several images, and OME-Zarr images with labels inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

from rlseg.errors import RlsegError
from rlseg.io.find import find_images
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image, read_labels, read_planes
from rlseg.io.read_options import Reading

rng = np.random.default_rng(0)
PICTURES = [rng.integers(0, 999, (5 + n, 6)).astype(np.uint16) for n in range(3)]
LABELS = np.kron(np.arange(6).reshape(2, 3), np.ones((2, 2), int)).astype(np.uint16)


def positions(path: Path, *pictures: np.ndarray, axes: str = "YX") -> Path:
    with tifffile.TiffWriter(path, ome=True) as writer:
        for number, picture in enumerate(pictures):
            size = {"PhysicalSizeX": number + 1.0, "PhysicalSizeY": number + 1.0}
            writer.write(
                picture, photometric="minisblack", metadata={"axes": axes, "Name": f"Position {number + 1}", **size}
            )
    return path


def series(number: int) -> Reading:
    return Reading(series=number)


def test_98_positions_of_an_ome_tiff(tmp_path: Path) -> None:
    path = positions(tmp_path / "a.ome.tif", *PICTURES)
    with pytest.raises(RlsegError, match=r"holds 3 images \(Position 1, Position 2, Position 3\)\n.*--series 1 ... 3"):
        read_image(path)
    for number, picture in enumerate(PICTURES):
        image = read_image(path, reading=series(number + 1))
        np.testing.assert_array_equal(image.pixels[0], picture)
        assert image.pixel_size == PixelSize(number + 1, number + 1)
    with pytest.raises(RlsegError, match=r"has no image 4\n.*it has 3, counted from 1"):
        read_image(path, reading=series(4))
    with pytest.raises(RlsegError, match=r"holds 3 images.*\n.*a file of its own"):
        read_labels(path)


def test_98_planes_of_one_position(tmp_path: Path) -> None:
    stacks = [np.stack([picture] * 2) for picture in PICTURES[:2]]
    path = positions(tmp_path / "a.ome.tif", *stacks, axes="ZYX")
    assert list(read_planes(path, reading=series(2))) == ["z1", "z2"]
    with pytest.raises(RlsegError, match="holds 2 images"):
        read_planes(path)


def test_98_pages_of_several_sizes(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for picture in PICTURES:
            writer.write(picture, photometric="minisblack", metadata=None)
    with pytest.raises(RlsegError, match=r"holds 3 images\n"):  # their names say nothing
        read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", reading=series(3)).pixels[0], PICTURES[2])


def test_98_files_of_one_image_have_one_series(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", PICTURES[0], photometric="minisblack")
    assert read_image(tmp_path / "a.tif", reading=series(1)).pixels.shape == (1, 5, 6)
    tifffile.imwrite(tmp_path / "b.tif", PICTURES[0], photometric="minisblack")
    with pytest.raises(RlsegError, match="has no image 2"):
        read_image(tmp_path / "b.tif", reading=series(2))


def describe(group: Any, version: int, **about: Any) -> None:
    if version == 3:
        group.attrs["ome"] = {"version": "0.5", **about}
    else:
        group.attrs.update(about)


def image(group: Any, values: np.ndarray, version: int = 3, name: str = "", **about: Any) -> Any:
    """An image of NGFF in a group or, with a name, in a new group of it."""
    group = group.create_group(name) if name else group
    datasets = [{"path": "s0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 1.0]}]}]
    axes = [{"name": axis, "type": "space"} for axis in "yx"]
    describe(group, version, multiscales=[{"axes": axes, "datasets": datasets}], **about)
    group.create_array("s0", data=values)
    return group


def root(path: Path, version: int = 3) -> Any:
    return zarr.open_group(str(path), mode="w", zarr_format=version)


def container(path: Path, names: tuple[str, ...], version: int = 3, listed: bool = False) -> Path:
    """As bioformats2raw writes it, with images in groups; their list is optional."""
    group = root(path, version)
    describe(group, version, **{"bioformats2raw.layout": 3})
    for name, picture in zip(names, PICTURES, strict=False):
        image(group, picture, version, name)
    if listed:
        describe(group.create_group("OME"), version, series=list(names))
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("names", "listed"), [(("0", "1", "10"), False), (("b", "a"), True), (("x", "y"), False)])
def test_98_images_of_a_container(names: tuple[str, ...], listed: bool, version: int, tmp_path: Path) -> None:
    path = container(tmp_path / "a.zarr", names, version, listed)
    with pytest.raises(RlsegError, match=rf"holds {len(names)} OME-Zarr images \({', '.join(names)}\)\n.*--series"):
        read_image(path)
    for number, picture in enumerate(PICTURES[: len(names)]):
        np.testing.assert_array_equal(read_image(path, reading=series(number + 1)).pixels[0], picture)
        np.testing.assert_array_equal(read_image(path / names[number]).pixels[0], picture)


def test_98_names_of_images_that_are_not_there(tmp_path: Path) -> None:
    path = container(tmp_path / "a.zarr", ("0", "1"))
    describe(zarr.open_group(str(path)).create_group("OME"), 3, series=["7", "../a.zarr/0", 1])
    np.testing.assert_array_equal(read_image(path).pixels[0], PICTURES[1])
    describe(zarr.open_group(str(path / "OME")), 3, series=["7"])
    with pytest.raises(RlsegError, match="holds 0 OME-Zarr images"):
        read_image(path)


def test_98_a_container_of_one_image_is_that_image(tmp_path: Path) -> None:
    for version in (2, 3):
        path = container(tmp_path / f"{version}.zarr", ("0",), version)
        np.testing.assert_array_equal(read_image(path).pixels[0], PICTURES[0])


def test_28_98_images_in_containers_have_names_of_their_own(tmp_path: Path) -> None:
    for name in ("a.zarr", "b.ome.zarr", "c"):
        container(tmp_path / name, ("0", "1"))
    paths = [tmp_path / name / "0" for name in ("a.zarr", "b.ome.zarr", "c")]
    assert [file.stem for file in find_images(paths)] == ["a_0", "b_0", "c_0"]
    assert [file.stem for file in find_images(tmp_path / "a.zarr" / "*")] == ["a_0", "a_1"]
    assert [file.stem for file in find_images(tmp_path / "*.zarr" / "0")] == ["a_0", "b_0"]


@pytest.mark.parametrize("version", [2, 3])
def test_98_plates_say_how_their_images_are_named(version: int, tmp_path: Path) -> None:
    group = root(tmp_path / "p.zarr", version)
    describe(group, version, plate={"wells": []})
    for well in ("A/1", "B/2"):
        image(group.create_group(well), PICTURES[0], version, "0")
    with pytest.raises(RlsegError, match=r"plate of many images\n.*p\.zarr/\*/\*/\*"):
        read_image(tmp_path / "p.zarr")
    assert [file.stem for file in find_images(tmp_path / "p.zarr" / "*" / "*" / "*")] == ["p_A_1_0", "p_B_2_0"]


def with_labels(path: Path, *names: str, version: int = 3, listed: bool = True, **about: Any) -> Path:
    group = image(root(path, version), PICTURES[0][:4], version, **about)
    labels = group.create_group("labels")
    if listed:
        describe(labels, version, labels=list(names))
    for number, name in enumerate(names):
        image(labels, (number + 1) * LABELS, version, name, **{"image-label": {}})
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("listed", [True, False])
def test_99_the_labels_of_an_ome_zarr_image_are_those_inside(version: int, listed: bool, tmp_path: Path) -> None:
    path = with_labels(tmp_path / "a.zarr", "nuclei", version=version, listed=listed)
    np.testing.assert_array_equal(read_image(path).pixels[0], PICTURES[0][:4])
    np.testing.assert_array_equal(read_labels(path, (4, 6)), LABELS)
    np.testing.assert_array_equal(read_labels(path, superpixels=True), LABELS)
    np.testing.assert_array_equal(read_labels(path / "labels" / "nuclei"), LABELS)
    (file,) = find_images(tmp_path, tmp_path)  # images and labels lie in one folder
    assert file.image == file.labels == path
    assert find_images(path, path) == (file,)


def test_99_labels_in_a_container(tmp_path: Path) -> None:
    group = root(tmp_path / "a.zarr")
    inside = image(group, PICTURES[0][:4], name="0")
    image(inside.create_group("labels"), LABELS, name="cells", **{"image-label": {}})
    np.testing.assert_array_equal(read_labels(tmp_path / "a.zarr"), LABELS)


def test_99_several_labels_are_asked_for(tmp_path: Path) -> None:
    path = with_labels(tmp_path / "a.zarr", "nuclei", "cells")
    with pytest.raises(RlsegError, match=r"holds 2 label images: nuclei, cells\n.*a\.zarr/labels/nuclei"):
        read_labels(path)
    np.testing.assert_array_equal(read_labels(path / "labels" / "cells"), 2 * LABELS)


def test_99_intensities_are_no_labels_and_labels_no_image(tmp_path: Path) -> None:
    image(root(tmp_path / "a.zarr"), PICTURES[0], omero={"channels": []})
    with pytest.raises(RlsegError, match="is an OME-Zarr image without labels in it"):
        read_labels(tmp_path / "a.zarr")
    path = with_labels(tmp_path / "b.zarr", "nuclei")
    for read in (read_image, read_planes):
        with pytest.raises(RlsegError, match="says that it holds labels, not an image"):
            read(path / "labels" / "nuclei")
    # names that metadata only claim
    path = with_labels(tmp_path / "d.zarr", "nuclei")
    describe(zarr.open_group(str(path / "labels")), 3, labels=["lost", "../labels/nuclei", "nuclei"])
    np.testing.assert_array_equal(read_labels(path), LABELS)
    # programs that do not say which it is
    image(root(tmp_path / "c.zarr"), LABELS)
    np.testing.assert_array_equal(read_labels(tmp_path / "c.zarr"), LABELS)
