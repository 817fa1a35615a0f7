"""Compressed pieces that become larger than they may: nothing is decoded then."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from rlseg.errors import RlsegError
from rlseg.io.codecs.inflation import CODECS, InflationError, check_inflation
from rlseg.io.decode import decode

ENCODE: dict[str, Callable[[bytes], bytes]] = {
    "blosc": lambda data: bytes(numcodecs.Blosc("zstd").encode(data)),
    "gzip": gzip.compress,
    "lz4": lambda data: bytes(numcodecs.LZ4().encode(data)),
    "zlib": zlib.compress,
    "zstd": lambda data: bytes(numcodecs.Zstd(3).encode(data)),
}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(CODECS), st.integers(1, 300_000), st.booleans())
def test_23_pieces_of_the_declared_size_pass(codec: str, size: int, noisy: bool) -> None:
    data = np.random.default_rng(size).bytes(size) if noisy else bytes(size)
    check_inflation(codec, ENCODE[codec](data), size)
    with pytest.raises(InflationError, match="inflates to more than"):
        check_inflation(codec, ENCODE[codec](data + bytes(3000 + size // 32)), size)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CODECS), st.binary(max_size=60))
def test_20_other_damage_is_left_to_the_decoder(codec: str, data: bytes) -> None:
    with suppress(InflationError):
        check_inflation(codec, data, 1000)


def test_23_gzip_of_several_members() -> None:
    piece = gzip.compress(bytes(60_000))
    check_inflation("gzip", 2 * piece, 120_000)
    with pytest.raises(InflationError):
        check_inflation("gzip", 3 * piece, 120_000)


def test_23_zstd_without_its_size_is_refused() -> None:
    # magic, no size and no single segment, a window of 1 KiB, one empty last block
    with pytest.raises(InflationError, match="does not say how large it is"):
        check_inflation("zstd", b"\x28\xb5\x2f\xfd\x00\x00\x01\x00\x00", 1000)


LARGE = 2**27
SPLIT = {"gzip": zarr.codecs.GzipCodec(), "zstd": zarr.codecs.ZstdCodec(), "blosc": zarr.codecs.BloscCodec()}


@pytest.fixture(scope="module", autouse=True)
def traced() -> Iterator[None]:
    """Memory is traced from the first test to the last: Python 3.11 may crash where tracing ends while threads run,
    and zarr has some."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak_of_refusing(path: Path, message: str) -> int:
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    with pytest.raises(RlsegError, match=message):
        decode(path)
    return tracemalloc.get_traced_memory()[1] - before


@pytest.mark.parametrize("codec", SPLIT)
def test_23_bombs_of_zarr_3(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    array = zarr.create_array(
        store=str(path), shape=(16, 16), chunks=(16, 16), dtype="uint8", compressors=[SPLIT[codec]]
    )
    array[:] = 7
    assert (decode(path).values == 7).all()
    piece = path / "c" / "0" / "0"
    piece.write_bytes(ENCODE[codec](bytes(LARGE)))
    assert piece.stat().st_size < LARGE // 100
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


@pytest.mark.parametrize("codec", CODECS)
def test_23_bombs_of_zarr_2(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    made: Any = {"blosc": numcodecs.Blosc(), "gzip": numcodecs.GZip(), "lz4": numcodecs.LZ4(), "zlib": numcodecs.Zlib()}
    compressor = made.get(codec, numcodecs.Zstd())
    array = zarr.create_array(
        store=str(path), shape=(16, 16), chunks=(16, 16), dtype="uint8", zarr_format=2, compressors=compressor
    )
    array[:] = 7
    assert (decode(path).values == 7).all()
    (path / "0.0").write_bytes(ENCODE[codec](bytes(LARGE)))
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


def test_23_bombs_within_a_shard(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    array = zarr.create_array(
        store=str(path), shape=(32, 16), chunks=(16, 16), shards=(32, 16), dtype="uint8", compressors=[SPLIT["gzip"]]
    )
    array[:] = 7
    assert (decode(path).values == 7).all()
    shard = path / "c" / "0" / "0"
    bomb = ENCODE["gzip"](bytes(LARGE))
    # the index of the shard: where each piece begins and how long it is, then a checksum
    index = np.array([[0, len(bomb)], [0, len(bomb)]], "<u8").tobytes()
    checksum = bytes(numcodecs.CRC32C(location="end").encode(np.frombuffer(index, np.uint8)))[-4:]
    shard.write_bytes(bomb + index + checksum)
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


def packed(path: Path, piece: bytes, compressor: Any, version: int = 2, **options: Any) -> Path:
    """An array of 16 x 16 bytes whose only piece is something else."""
    more = {"compressors": compressor, "zarr_format": version, **options}
    array = zarr.create_array(store=str(path), shape=(16, 16), chunks=(16, 16), dtype="uint8", **more)
    array[:] = 7
    ((path / "0.0") if version == 2 else path / "c" / "0" / "0").write_bytes(piece)
    return path


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(
    ("codec", "piece"),
    [
        ("zstd", lambda many: ENCODE["zstd"](bytes(16)) + ENCODE["zstd"](many)),
        ("gzip", lambda many: gzip.compress(bytes(16)) + bytes(8) + gzip.compress(many, 1)),
        ("gzip", lambda many: b"\x1f\x8b\x08\x80" + gzip.compress(many, 1)[4:]),
    ],
    ids=["two frames of zstd", "zeros between two members of gzip", "a gzip header that zlib refuses"],
)
def test_23_bombs_behind_something_harmless(
    version: int, codec: str, piece: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    made: Any = {"zstd": numcodecs.Zstd(), "gzip": numcodecs.GZip()}
    path = packed(tmp_path / "a.zarr", piece(bytes(LARGE)), made[codec] if version == 2 else SPLIT[codec], version)
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


@pytest.mark.parametrize("name", ["/s0", "s0//", "\\s0"])
def test_23_bombs_of_zarr_2_wherever_the_image_says_that_they_are(name: str, tmp_path: Path) -> None:
    scale = [{"type": "scale", "scale": [1.0, 1.0]}]
    image = {"axes": [{"name": "y"}, {"name": "x"}], "datasets": [{"path": name, "coordinateTransformations": scale}]}
    path = tmp_path / "a.zarr"
    zarr.create_group(store=str(path), zarr_format=2, attributes={"multiscales": [image]})
    packed(path / "s0", ENCODE["zlib"](bytes(LARGE)), numcodecs.Zlib())
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


def test_23_bombs_of_zarr_2_in_a_folder_that_a_link_leads_to(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zarr", ENCODE["zlib"](bytes(LARGE)), numcodecs.Zlib())
    description = path / ".zarray"
    description.write_text(json.dumps(json.loads(description.read_text()) | {"dimension_separator": "/"}))
    (path / "more").mkdir()
    (path / "0.0").rename(path / "more" / "0")
    (path / "0").symlink_to("more")
    assert peak_of_refusing(path, "inflates to more than") < LARGE // 8


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.filterwarnings("ignore:The data type")  # Zarr 3 has no texts of a fixed length yet
def test_22_types_of_any_width_are_no_numbers(version: int, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    zarr.create_array(store=str(path), shape=(1, 1), dtype="S9", compressors=None, zarr_format=version)
    file = path / ("zarr.json" if version == 3 else ".zarray")
    text = file.read_text()
    wide = text.replace('"length_bytes": 9', f'"length_bytes": {LARGE}').replace("|S9", f"|S{LARGE}")
    assert wide != text
    file.write_text(wide)
    assert peak_of_refusing(path, "not numbers") < LARGE // 8


def test_22_pieces_are_counted_before_they_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    zarr.create_array(store=str(path), shape=(1000, 1000), chunks=(1, 1), dtype="uint8", compressors=None)
    assert peak_of_refusing(path, "claims 1000000 pieces, at most 262144") < LARGE // 8


@pytest.mark.parametrize(
    ("version", "change", "name"),
    [
        (2, {"compressor": {"id": "bz2", "level": 1}}, "bz2"),
        (2, {"filters": [{"id": "packbits"}]}, "packbits"),
        (2, {"compressor": {"id": "zlib", "level": 1}, "filters": [{"id": "zlib", "level": 1}]}, "zlib"),
        (3, {"codecs": [{"name": "bytes"}, {"name": "numcodecs.bz2", "configuration": {"level": 1}}]}, "numcodecs.bz2"),
    ],
)
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr")
def test_other_codecs_are_refused(version: int, change: dict[str, Any], name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    zarr.create_array(
        store=str(path), shape=(4, 4), chunks=(4, 4), dtype="uint8", zarr_format=version, compressors=None
    )
    file = path / ("zarr.json" if version == 3 else ".zarray")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(RlsegError, match=f"codecs that are not read here: {name}"):
        decode(path)
