"""Zarr arrays and OME-Zarr images, as other programs write them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from rlseg.data.cache import cache_key
from rlseg.errors import RlsegError
from rlseg.io.decode import decode
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import read_image, read_labels, read_planes
from rlseg.io.read_options import Reading

rng = np.random.default_rng(0)
gray = rng.integers(0, 300, (7, 9)).astype(np.uint16)


def described(axes: str, unit: str | None = "micrometer", scale: float = 0.5) -> dict[str, Any]:
    """The multiscales of NGFF, the last two axes in space."""
    space = {} if unit is None else {"unit": unit}
    steps = [1.0] * (len(axes) - 2) + [scale, 2 * scale]
    return {
        "axes": [{"name": a, **(space if a in "zyx" else {})} for a in axes],
        "datasets": [
            {"path": path, "coordinateTransformations": [{"type": "scale", "scale": steps}]} for path in ("s0", "s1")
        ],
    }


def ome_zarr(path: Path, array: np.ndarray, axes: str = "yx", version: int = 3, **options: Any) -> Path:
    """An image of two resolutions, NGFF 0.5 (Zarr 3) or 0.4 (Zarr 2)."""
    multiscales = {"multiscales": [described(axes, **options)]}
    attributes = {"ome": {"version": "0.5", **multiscales}} if version == 3 else multiscales
    group = zarr.create_group(store=str(path), zarr_format=version, attributes=attributes)
    group.create_array("s0", data=array, chunks=(4,) * array.ndim)
    group.create_array("s1", data=array[..., ::2, ::2])
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("axes", ["yx", "cyx", "czyx", "tcyx"])
def test_75_images_of_ngff(version: int, axes: str, tmp_path: Path) -> None:
    array = rng.integers(0, 99, (2, 3, 7, 9)[4 - len(axes) :]).astype(np.uint8)
    path = ome_zarr(tmp_path / "a.zarr", array, axes, version)
    content = decode(path)
    np.testing.assert_array_equal(content.values, array)
    assert content.axes == axes.upper()
    assert content.pixel_size == PixelSize(0.5, 1.0, 1.0 if "z" in axes else None)
    if len(axes) < 4:
        assert read_image(path).pixel_size == PixelSize(0.5, 1.0)
        np.testing.assert_array_equal(read_image(path).pixels, array.reshape(-1, 7, 9))


@pytest.mark.parametrize(("unit", "expected"), [("nanometer", PixelSize(5e-4, 1e-3)), (None, None), ("parsec", None)])
def test_75_units(unit: str | None, expected: PixelSize | None, tmp_path: Path) -> None:
    assert decode(ome_zarr(tmp_path / "a.zarr", gray, unit=unit)).pixel_size == expected


def test_18_stacks_are_refused_or_read_plane_by_plane(tmp_path: Path) -> None:
    array = rng.integers(0, 99, (2, 11, 7, 9)).astype(np.uint8)
    path = ome_zarr(tmp_path / "a.zarr", array, "tzyx")
    with pytest.raises(RlsegError, match="is a stack"):
        read_image(path)
    planes = read_planes(path)
    assert list(planes)[:2] == ["t1_z01", "t1_z02"]
    assert list(planes)[-1] == "t2_z11"
    for number, image in enumerate(planes.values()):
        np.testing.assert_array_equal(image.pixels[0], array.reshape(22, 7, 9)[number])


@pytest.mark.parametrize("version", [2, 3])
def test_17_plain_arrays(version: int, tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a.zarr"), data=gray, zarr_format=version)
    np.testing.assert_array_equal(read_image(tmp_path / "a.zarr").pixels[0], gray)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.zarr", (7, 9)), gray)
    assert decode(tmp_path / "a.zarr").pixel_size is None
    stack = np.stack([gray, gray + 1])
    zarr.create_array(str(tmp_path / "b.zarr"), data=stack, zarr_format=version)
    with pytest.raises(RlsegError, match=r"3 axes \(2 x 7 x 9\) and does not say which"):
        read_image(tmp_path / "b.zarr")
    np.testing.assert_array_equal(read_image(tmp_path / "b.zarr", reading=Reading(axes="CYX")).pixels, stack)
    for shape in ((), (5,)):
        zarr.create_array(str(tmp_path / f"{len(shape)}.zarr"), data=np.zeros(shape), zarr_format=version)
        with pytest.raises(RlsegError):
            read_image(tmp_path / f"{len(shape)}.zarr")


def test_17_names_of_dimensions_count(tmp_path: Path) -> None:
    stack = np.stack([gray, gray + 1])
    for number, names in enumerate([("c", "y", "x"), ("time", "y", "x"), (None, "y", "x")]):
        path = tmp_path / f"{number}.zarr"
        zarr.create_array(str(path), data=stack, dimension_names=names)
        if number == 0:
            np.testing.assert_array_equal(read_image(path).pixels, stack)
        else:
            with pytest.raises(RlsegError, match="does not say which"):
                read_image(path)


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("array", [{"shape": [10**6, 10**6]}, {"chunks": [10**6, 10**6]}])
@pytest.mark.parametrize("version", [2, 3])
def test_22_23_sizes_are_checked_before_anything_is_read(version: int, array: dict[str, Any], tmp_path: Path) -> None:
    path = ome_zarr(tmp_path / "a.zarr", gray, version=version)
    file = path / "s0" / ("zarr.json" if version == 3 else ".zarray")
    if version == 3 and "chunks" in array:
        array = {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array["chunks"]}}}
    rewrite(file, **array)
    with pytest.raises(RlsegError, match="claims 1000000 x 1000000 values"):
        read_image(path)


def test_22_sharded_arrays(tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a.zarr"), data=gray, chunks=(2, 3), shards=(4, 9))
    np.testing.assert_array_equal(read_image(tmp_path / "a.zarr").pixels[0], gray)
    with pytest.raises(RlsegError, match="claims 7 x 9 values, at most 40 are allowed"):
        read_image(tmp_path / "a.zarr", reading=Reading(max_pixels=40))


def test_20_damaged_pieces_and_metadata(tmp_path: Path) -> None:
    whole = ome_zarr(tmp_path / "whole.zarr", gray)
    piece = next(p for p in sorted((whole / "s0").rglob("*")) if p.is_file() and p.name != "zarr.json")
    for number, (name, content) in enumerate(
        [
            (piece, piece.read_bytes()[:5]),
            (piece, b""),
            (whole / "s0" / "zarr.json", b"{"),
            (whole / "zarr.json", b""),
            (whole / "zarr.json", b"[]"),
        ]
    ):
        path = tmp_path / f"{number}.zarr"
        shutil.copytree(whole, path)
        (path / name.relative_to(whole)).write_bytes(content)
        with pytest.raises(RlsegError, match=r"cannot read|holds 0") as error:
            read_image(path)
        assert "\n" not in error.value.message


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({}, "holds 0 OME-Zarr images"),
        ({"ome": {"multiscales": [described("yx")] * 2}}, "holds 2 OME-Zarr images"),
        ({"ome": {"multiscales": [described("cyx")]}}, r"names 3 axes \(CYX\) of 2"),
        ({"ome": {"multiscales": [described("cx")]}}, "cannot read"),
        ({"ome": {"multiscales": [described("yx") | {"datasets": [{"path": "../other"}]}]}}, "cannot read"),
        ({"ome": {"multiscales": [described("yx") | {"datasets": [{"path": "nothing"}]}]}}, "cannot read"),
        ({"ome": {"multiscales": [described("yx") | {"datasets": []}]}}, "cannot read"),
        ({"ome": 3}, "cannot read"),
    ],
)
def test_20_26_metadata_that_lead_nowhere(attributes: dict[str, Any], message: str, tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "other"), data=gray)
    path = ome_zarr(tmp_path / "a.zarr", gray)
    rewrite(path / "zarr.json", attributes=attributes)
    with pytest.raises(RlsegError, match=message) as error:
        read_image(path)
    assert "\n" not in error.value.message


def test_26_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    path = ome_zarr(tmp_path / "a.zarr", gray)
    (path / "same").symlink_to("s0")
    assert read_image(path).pixels.shape == (1, 7, 9)
    (path / "loop").symlink_to("loop")
    (tmp_path / "secret").write_bytes(b"")
    (path / "s0" / "more").symlink_to(tmp_path / "secret")
    with pytest.raises(RlsegError, match="more is a link that leads out of"):
        read_image(path)


def test_other_folders_are_no_image(tmp_path: Path) -> None:
    with pytest.raises(RlsegError, match="is a folder, not an image"):
        read_image(tmp_path)
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(RlsegError, match="cannot read"):
        read_image(tmp_path / "empty.zarr")


def test_15_true_false_and_text(tmp_path: Path) -> None:
    zarr.create_array(str(tmp_path / "a.zarr"), data=gray > 9)
    with pytest.raises(RlsegError, match="true/false"):
        read_image(tmp_path / "a.zarr")


def test_prepared_samples_belong_to_all_pieces_of_an_image(tmp_path: Path) -> None:
    path = ome_zarr(tmp_path / "a.zarr", gray)
    same = ome_zarr(tmp_path / "b.zarr", gray)
    key = cache_key("", path)
    assert cache_key("", same) == key
    shutil.rmtree(path / "s1")
    assert cache_key("", path) != key
