"""NIfTI files: both versions and byte orders, scaled values, sizes of voxels, and what is none."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from nifti_file import write_nifti

from rlseg.errors import RlsegError
from rlseg.io import PixelSize, Reading, find_images, read_film, read_image, read_labels
from rlseg.io.decode import Wanted, decode

VALUES = np.random.default_rng(0).integers(0, 200, (3, 4, 5))


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4", "f8", "u4", "i1", "i8", "u8"])
def test_values_are_read_with_x_fastest(name: str, order: str, version: int, dtype: str, tmp_path: Path) -> None:
    values = (VALUES // 2).astype(dtype)
    write_nifti(tmp_path / name, values, (0.5, 0.5, 2.0), version=version, order=order, offset=704)
    found = read_image(tmp_path / name, volume=True)
    np.testing.assert_array_equal(found.pixels[0], values)
    assert found.pixel_size == PixelSize(500.0, 500.0, 2000.0)
    if np.dtype(dtype).kind != "f":
        np.testing.assert_array_equal(read_labels(tmp_path / name, values.shape), values)
    assert [file.stem for file in find_images(tmp_path)] == ["a"]


@pytest.mark.parametrize(
    ("units", "expected"),
    [(1, PixelSize(3e5, 2e5, 4e5)), (3, PixelSize(0.3, 0.2, 0.4)), (2 + 8, PixelSize(300, 200, 400)), (0, None)],
)
def test_sizes_are_those_of_the_header(units: int, expected: PixelSize | None, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", VALUES.astype("u1"), (0.2, 0.3, 0.4), units)
    found = read_image(path, volume=True).pixel_size
    if expected is None:
        assert found is None
        return
    assert found is not None
    np.testing.assert_allclose([found.row, found.column, found.plane], [expected.row, expected.column, expected.plane])


@pytest.mark.parametrize(
    ("scale", "slope", "shift"),
    [((0.5, -3.0), 0.5, -3.0), ((0.0, 7.0), 1, 0), ((float("nan"), 7.0), 1, 0), ((1.0, 0.0), 1, 0), ((2.0, 0.0), 2, 0)],
)
def test_values_are_scaled(scale: tuple[float, float], slope: float, shift: float, tmp_path: Path) -> None:
    for dtype in ("u1", "i4"):
        path = write_nifti(tmp_path / "a.nii.gz", VALUES.astype(dtype), scale=scale)
        np.testing.assert_array_equal(read_image(path, volume=True).pixels[0], VALUES * slope + shift)


def test_axes_of_other_numbers(tmp_path: Path) -> None:
    film = write_nifti(tmp_path / "film.nii", np.stack([VALUES, VALUES + 1]).astype("u1"))
    frames = read_film(film, volume=True)
    assert [int(one.pixels[0, 0, 0, 0]) for one in frames] == [VALUES[0, 0, 0], VALUES[0, 0, 0] + 1]
    # channels where the format has times: said by the user
    both = read_image(film, reading=Reading(axes="CZYX"), volume=True)
    assert both.pixels.shape == (2, 3, 4, 5)
    vector = write_nifti(tmp_path / "v.nii", VALUES[:, None, None].astype("u1"))  # x, y, no z, no t, 3 values
    assert read_image(vector).pixels.shape == (3, 4, 5)
    flat = write_nifti(tmp_path / "flat.nii", VALUES[:1].astype("u1"))
    np.testing.assert_array_equal(read_image(flat).pixels, VALUES[:1])


def test_sizes_go_with_their_axes_whatever_they_are_called(tmp_path: Path) -> None:
    """Planes that lie along x, 3 mm apart."""
    path = write_nifti(tmp_path / "a.nii", VALUES.astype("u1"), (3.0, 1.0, 1.0))
    found = read_image(path, reading=Reading(axes="YXZ"), volume=True)
    np.testing.assert_array_equal(found.pixels[0], np.moveaxis(VALUES, 2, 0))
    assert found.pixel_size == PixelSize(1000.0, 1000.0, 3000.0)
    tifffile.imwrite(
        tmp_path / "b.tif",
        VALUES.astype("u1"),
        ome=True,
        metadata={"axes": "ZYX", "PhysicalSizeX": 2, "PhysicalSizeY": 1},
    )
    for axes, size in (("ZYX", PixelSize(1, 2)), ("TYX", PixelSize(1, 2)), ("ZXY", PixelSize(2, 1)), ("XZY", None)):
        content = read_film(tmp_path / "b.tif", reading=Reading(axes=axes)) if axes == "TYX" else None
        seen = content[0] if content else read_image(tmp_path / "b.tif", reading=Reading(axes=axes), volume=True)
        assert seen.pixel_size == size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"magic": b"ni1\0"}, "is the header of a NIfTI image in two files"),
        ({"code": 32}, "holds complex values"),
        ({"code": 128}, "holds colours"),
        ({"code": 1536}, "holds values of the type 1536"),
        ({"magic": b"\0\0\0\0"}, "is neither a"),
        ({"scale": (1.0, float("inf"))}, "shifts values by inf"),
    ],
)
def test_119_what_is_not_read(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "a.nii", VALUES.astype("u1"), **changes)
    with pytest.raises(RlsegError, match=message):
        read_image(path, volume=True)


def test_119_damaged_files(tmp_path: Path) -> None:
    plain = write_nifti(tmp_path / "a.nii", VALUES.astype("u1")).read_bytes()
    packed = write_nifti(tmp_path / "b.nii.gz", VALUES.astype("u1")).read_bytes()
    with pytest.raises(RlsegError, match="values, at most 59 are allowed"):
        decode(tmp_path / "b.nii.gz", Wanted(max_pixels=59))
    flipped = bytearray(packed)
    flipped[-6] ^= 1  # of the sum at the end
    for content, message in (
        (plain[:-1], "do not fill its size"),
        (plain[:349], "do not fill its size"),
        (plain[:40] + bytes(2) + plain[42:], "its header says no size"),
        (plain[:40] + b"\x08" + plain[41:], "its header says no size"),
        (plain[:108] + b"\xff\xff\xff\xff" + plain[112:], "where its values are"),
        (packed[:-9], "it ends early"),
        (bytes(flipped), "it ends early"),
        (gzip.compress(plain[:-1]), "do not fill its size"),
        (packed[:30], "is neither a"),
    ):
        path = tmp_path / "c.nii.gz"
        path.write_bytes(content)
        with pytest.raises(RlsegError, match=message):
            read_image(path, volume=True)
