"""Zarr's compressors with a look at how large a piece becomes; needs the package zarr."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import zarr
from numcodecs.abc import Codec  # type: ignore[import-untyped]
from zarr.abc.codec import BytesBytesCodec

from rlseg.errors import RlsegError
from rlseg.io.codecs.inflation import CODECS, check_inflation

# of Zarr 3; what else there is (filters, other compressors) is either seldom used for images or cannot be bounded
_COMPRESSORS = ("blosc", "gzip", "zstd")
_KNOWN = ("bytes", "crc32c", "sharding_indexed", "transpose", *_COMPRESSORS)
_HINT = f"save it again, compressed by {', '.join(CODECS)} or not at all"
_PIECES = 2**18  # zarr makes a list of all, also of those that are not there


@dataclass(frozen=True)
class _Bounded(BytesBytesCodec):
    """A compressor of Zarr 3 that decodes nothing larger than declared."""

    name: str
    inner: Any
    itemsize: int

    is_fixed_size = False

    async def _decode_single(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        most = prod(chunk_spec.shape) * self.itemsize
        await asyncio.to_thread(check_inflation, self.name, chunk_bytes.to_bytes(), most)
        (content,) = await self.inner.decode([(chunk_bytes, chunk_spec)])
        return content

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return int(self.inner.compute_encoded_size(input_byte_length, chunk_spec))


class _BoundedOf2(Codec):
    """The same for Zarr 2, where a compressor is not told what it decodes."""

    codec_id = "rlseg"

    def __init__(self, inner: Any, most: int) -> None:
        self.inner, self.most = inner, most

    def encode(self, buf: Any) -> Any:
        raise NotImplementedError

    def decode(self, buf: Any, out: Any = None) -> Any:
        check_inflation(self.inner.codec_id, bytes(buf), self.most)
        return self.inner.decode(buf, out)


def bounded(path: Path, array: zarr.Array[Any]) -> zarr.Array[Any]:
    """The array, with compressors that refuse pieces which inflate beyond what it declares, also within shards.

    Args:
        path: of the image, for the message.
        array: whose shape has been checked; nothing of it has been read.

    Raises:
        RlsegError: it holds no numbers, consists of too many pieces, or uses a codec that is not known; and when the
            array that is returned is read, see `check_inflation`.
    """
    metadata: Any = array.metadata
    if array.dtype.kind not in "biufc":  # one value of a text may have any size
        raise RlsegError(f"{path} holds values of type {array.dtype}, not numbers", "is it an image?")
    pieces = prod(-(-size // piece) for size, piece in zip(array.shape, array.chunks, strict=True))
    if pieces > _PIECES:
        raise RlsegError(f"{path} claims {pieces} pieces, at most {_PIECES} are read", "save it in larger pieces")
    if metadata.zarr_format == 3:
        unknown = [name for name in _names(metadata.to_dict()["codecs"]) if name not in _KNOWN]
        changed: dict[str, Any] = {"codecs": _bound_all(metadata.codecs, array.dtype.itemsize)}
    else:
        packed = metadata.compressor
        unknown = [each.codec_id for each in metadata.filters or ()]
        unknown += [packed.codec_id] if packed is not None and packed.codec_id not in CODECS else []
        most = prod(array.chunks) * array.dtype.itemsize
        changed = {"compressor": None if packed is None else _BoundedOf2(packed, most)}
    if unknown:
        raise RlsegError(f"{path} is stored by codecs that are not read here: {', '.join(unknown)}", _HINT)
    return zarr.Array(zarr.AsyncArray(metadata=replace(metadata, **changed), store_path=array.store_path))


def _bound_all(codecs: Any, itemsize: int) -> tuple[Any, ...]:
    found = []
    for codec in codecs:
        name = codec.to_dict()["name"]
        if name == "sharding_indexed":  # zarr itself reads no compressed index
            found.append(replace(codec, codecs=_bound_all(codec.codecs, itemsize)))
        else:
            found.append(_Bounded(name, codec, itemsize) if name in _COMPRESSORS else codec)
    return tuple(found)


def _names(codecs: Any) -> Iterator[str]:
    """Of codecs and of those within shards."""
    for codec in codecs:
        yield str(codec["name"])
        inner = codec.get("configuration", {})
        yield from _names([*inner.get("codecs", ()), *inner.get("index_codecs", ())])
