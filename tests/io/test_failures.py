"""What comes out of libraries is told by its cause or, if that is not known, with the library and its version."""

from __future__ import annotations

import errno
import json
import struct
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from rlseg.errors import RlsegError
from rlseg.io.decode import decode
from rlseg.io.decode.failures import broken

gray = np.arange(3000, dtype=np.uint8).reshape(50, 60)
JSON_ERROR = json.JSONDecodeError("Expecting value", "", 0)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError("Unable to allocate 3 TiB"), "there is not enough memory for it"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/0.0"), r"Permission denied \(0\.0\)"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package"), "needs a package that is missing"),
        (JSON_ERROR, "its description is no JSON"),
        (ParseError("not well-formed"), "its description is no XML"),
        (zlib.error("Error -3 while decompressing data"), "it ends early, or its content is not what"),
        (struct.error("unpack requires a buffer of 8 bytes"), "it ends early"),
        (EOFError(), "it ends early"),
        (RuntimeError("libdeflate_zlib_decompress returned LIBDEFLATE_BAD_DATA"), "it ends early"),
        (OSError("image file is truncated (3 bytes not processed)"), "it ends early"),
        (tifffile.TiffFileError("corrupted IFD structure"), "it ends early"),
    ],
)
def test_102_known_causes(error: Exception, cause: str) -> None:
    found = broken(Path("a.tif"), error, "tifffile")
    assert found.message.startswith("cannot read a.tif: ")
    with pytest.raises(RlsegError, match=cause):
        raise found
    assert found.hint
    assert "damaged" not in str(found)
    assert "tifffile" not in found.message


@pytest.mark.parametrize(
    "error", [RuntimeError("what\nnow?"), KeyError("SizeC"), ZeroDivisionError(), ValueError("word " * 1000)]
)
def test_102_otherwise_the_library_is_named(error: Exception) -> None:
    found = broken(Path("a.tif"), error, "tifffile")
    assert f"a.tif: tifffile {version('tifffile')} gives up with {type(error).__name__}" in found.message
    assert "damaged" not in str(found)
    assert "\n" not in found.message
    assert len(found.message) < 300


def png(path: Path) -> Path:
    Image.fromarray(gray).save(path)
    return path


def tiff(path: Path) -> Path:
    tifffile.imwrite(path, gray)
    return path


def zarr_array(path: Path) -> Path:
    zarr.create_array(str(path), data=gray)
    return path


@pytest.mark.parametrize(
    ("write", "name", "place", "package"),
    [
        (png, "a.png", "PIL.PngImagePlugin.PngImageFile.load", "pillow"),
        (tiff, "a.tif", "tifffile.TiffPageSeries.asarray", "tifffile"),
        (zarr_array, "a.zarr", "zarr.Array.__getitem__", "zarr"),
    ],
)
def test_102_each_library_is_known_by_its_name(
    write: Any, name: str, place: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*words: Any, **more: Any) -> Any:
        raise RuntimeError("unheard of")

    path = write(tmp_path / name)
    monkeypatch.setattr(place, fail)
    with pytest.raises(RlsegError, match=rf"{name}: {package} {version(package)} gives up with RuntimeError: unheard"):
        decode(path)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"attributes": {"ome": 3}}, "its OME-Zarr description is 3"),
        ({"attributes": {"ome": {"multiscales": [{}]}}}, "does not name its axes and resolutions"),
        (
            {"attributes": {"ome": {"multiscales": [{"axes": [{"name": "y"}], "datasets": [{"path": "none"}]}]}}},
            "names 'none', which is not there",
        ),
        (
            {"attributes": {"ome": {"multiscales": [{"axes": [{"name": "c"}], "datasets": [{"path": "0"}]}]}}},
            "its axes are C, without y or x",
        ),
    ],
)
def test_102_descriptions_of_ome_zarr(change: dict[str, Any], cause: str, tmp_path: Path) -> None:
    group = zarr.create_group(str(tmp_path / "a.zarr"), zarr_format=3)
    group.create_array("0", data=gray)
    file = tmp_path / "a.zarr" / "zarr.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(RlsegError, match=f"cannot read .*{cause}"):
        decode(tmp_path / "a.zarr")


@pytest.mark.parametrize("version", [2, 3])
def test_25_102_codecs_that_zarr_does_not_know(version: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    zarr.create_array(str(path), data=gray, zarr_format=version)
    file = path / ("zarr.json" if version == 3 else ".zarray")
    described = json.loads(file.read_text())
    if version == 3:
        described["codecs"].append({"name": "nope"})
    else:
        described["compressor"] = {"id": "nope"}
    file.write_text(json.dumps(described))
    with pytest.raises(RlsegError, match="stored by a codec that is not read here: nope"):
        decode(path)


def test_102_folders_that_are_only_called_zarr(tmp_path: Path) -> None:
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(RlsegError, match=r"none of the files zarr\.json, .*\n.*must not be called \.zarr"):
        decode(tmp_path / "a.zarr")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"PK\3\4", "a ZIP"),
        (b"\x93NUMPY", "an array of NumPy"),
    ],
)
def test_102_files_of_other_kinds_are_called_by_their_name(start: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(start)
    with pytest.raises(RlsegError, match=rf"is neither a NIfTI nor a PNG nor a TIFF file, but {kind}"):
        decode(tmp_path / "a.tif")
