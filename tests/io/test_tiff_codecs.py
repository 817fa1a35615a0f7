"""TIFF compressed by what imagecodecs brings: read as stored, and never larger than declared."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.codecs import tiff_pieces
from rlseg.io.decode import decode
from rlseg.io.read import read_image

rng = np.random.default_rng(0)
gray = rng.integers(0, 255, (40, 50)).astype(np.uint8)
BOMB = np.zeros((3000, 4000), np.uint8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("options", [{}, {"tile": (16, 16)}, {"rowsperstrip": 7}])
@pytest.mark.parametrize("compression", ["lzw", "zstd", "packbits", "zlib", "lzma", "predicted lzw", "predicted zstd"])
def test_100_exact_compressions(compression: str, options: dict[str, Any], dtype: type, tmp_path: Path) -> None:
    array = gray.astype(dtype)
    predicted, _, name = compression.rpartition(" ")
    tifffile.imwrite(tmp_path / "a.tif", array, compression=name, predictor=bool(predicted), **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels[0], array)


@pytest.mark.parametrize("compression", ["jpeg", "jpeg2000", 33005])
@pytest.mark.parametrize("options", [{}, {"tile": (32, 32)}])
def test_100_compressions_of_pictures(compression: str | int, options: dict[str, Any], tmp_path: Path) -> None:
    smooth = np.add.outer(np.arange(64), np.arange(96)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", smooth, compression=compression, **options)
    np.testing.assert_allclose(read_image(tmp_path / "a.tif").pixels[0], smooth, atol=4)
    colour = np.dstack([smooth, smooth // 2, 255 - smooth])
    tifffile.imwrite(tmp_path / "b.tif", colour, photometric="rgb", compression=compression, **options)
    np.testing.assert_allclose(read_image(tmp_path / "b.tif").pixels, np.moveaxis(colour, 2, 0), atol=9)


def bomb(path: Path, piece: bytes, compression: str | int) -> Path:
    """An image of 10 x 10 pixels whose only piece is something else."""
    tifffile.imwrite(path, iter([piece]), shape=(10, 10), dtype=np.uint8, rowsperstrip=10, compression=compression)
    return path


def peak(path: Path, error: str | None) -> int:
    tracemalloc.start()
    try:
        if error is None:
            assert decode(path).values.shape == (10, 10)
        else:
            with pytest.raises(RlsegError, match=error):
                decode(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


PIECES: list[tuple[str | int, Any, str | None]] = [
    ("lzw", imagecodecs.lzw_encode, None),  # decoded no further
    ("zstd", imagecodecs.zstd_encode, "cannot read"),
    ("packbits", lambda image: b"\x81\0" * (image.size // 128), "cannot read"),
    ("zlib", imagecodecs.zlib_encode, "inflates to more"),
    ("jpeg", imagecodecs.jpeg8_encode, "inflates to more"),
    ("jpeg2000", lambda image: imagecodecs.jpeg2k_encode(image, codecformat="j2k"), "inflates to more"),
    (33005, lambda image: imagecodecs.jpeg2k_encode(image, codecformat="j2k"), "inflates to more"),
]


@pytest.mark.parametrize(("compression", "pack", "error"), PIECES, ids=[str(kind) for kind, *_ in PIECES])
def test_23_100_pieces_that_inflate(compression: str | int, pack: Any, error: str | None, tmp_path: Path) -> None:
    path = bomb(tmp_path / "a.tif", pack(BOMB), compression)
    assert path.stat().st_size < BOMB.size // 50
    assert peak(path, error) < 3 * 2**20
    # what is as large as it should be is read
    small = np.zeros((10, 10), np.uint8)
    if compression != "packbits":
        assert (decode(bomb(tmp_path / "b.tif", pack(small), compression)).values == 0).all()


def jpeg(rows: int, columns: int, before: bytes = b"") -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB3B", 11, 8, rows, columns, 1, 1, 0x11, 0)
    return b"\xff\xd8" + before + frame + b"\xff\xd9"


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\xff\xe0\0\x04ab",  # a segment
        b"garbage",  # decoders pass over it
        b"\xff\xff\xff\x00\xff\xd0\xff\x01",  # fill bytes and marks without a segment
        b"\xff\xe1\0\x0d" + jpeg(1, 1)[2:13],  # a small frame within a comment
        b"\xff\xc4\0\x02\xff\xc8\0\x02\xff\xcc\0\x02",  # begin like frames and are none
    ],
)
def test_23_100_frames_of_jpeg_are_found_as_decoders_do(before: bytes, tmp_path: Path) -> None:
    assert tiff_pieces._jpeg(jpeg(3000, 2000, before), 0) == 6_000_000
    assert peak(bomb(tmp_path / "a.tif", jpeg(60_000, 60_000, before), "jpeg"), "inflates to more") < 2**20


@pytest.mark.parametrize(
    "piece", [b"\xff\xd8\xff\xd9", b"\xff\xd8" + b"x" * 50, b"\xff\xd8\xff\xe0\xff\xff" + jpeg(9, 9)]
)
def test_23_100_pictures_that_do_not_say_their_size(piece: bytes, tmp_path: Path) -> None:
    assert peak(bomb(tmp_path / "a.tif", piece, "jpeg"), "does not say how large it is") < 2**20
    boxed = imagecodecs.jpeg2k_encode(np.zeros((10, 10), np.uint8), codecformat="jp2")
    for other in (piece, boxed):
        assert peak(bomb(tmp_path / "b.tif", other, "jpeg2000"), "does not say how large it is") < 2**20


@pytest.mark.parametrize("compression", ["webp", "jpegxl", "png", "jpegxr", "lerc"])
def test_23_100_compressions_that_cannot_be_bounded_are_refused(compression: str, tmp_path: Path) -> None:
    picture = np.dstack([np.zeros((10, 10), np.uint8)] * 3)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", compression=compression)
    with pytest.raises(RlsegError, match=rf"(?i)not read here: {compression}\n.*LZW or zlib"):
        decode(tmp_path / "a.tif")
