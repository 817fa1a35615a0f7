"""Zarr's compressors with a look at how large a piece becomes; needs the package zarr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.registry import register_codec

from rlseg.data.decode.inflation import CODECS, check_inflation
from rlseg.errors import RlsegError

# of Zarr 3; what else there is (filters, other compressors) is either seldom used for images or cannot be bounded
_KNOWN = ("blosc", "bytes", "crc32c", "gzip", "sharding_indexed", "transpose", "zstd")
_HINT = f"save it again, compressed by {', '.join(CODECS)} or not at all"


def _declared(spec: Any) -> int:
    return prod(spec.shape) * int(spec.dtype.to_native_dtype().itemsize)


class BoundedBlosc(BloscCodec):
    """Blosc that decodes nothing larger than declared."""

    def _decode_sync(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        check_inflation("blosc", chunk_bytes.to_bytes(), _declared(chunk_spec))
        return super()._decode_sync(chunk_bytes, chunk_spec)


class BoundedGzip(GzipCodec):
    """Gzip that decodes nothing larger than declared."""

    def _decode_sync(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        check_inflation("gzip", chunk_bytes.to_bytes(), _declared(chunk_spec))
        return super()._decode_sync(chunk_bytes, chunk_spec)


class BoundedZstd(ZstdCodec):
    """Zstandard that decodes nothing larger than declared."""

    def _decode_sync(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        check_inflation("zstd", chunk_bytes.to_bytes(), _declared(chunk_spec))
        return super()._decode_sync(chunk_bytes, chunk_spec)


_BOUNDED = {"blosc": BoundedBlosc, "gzip": BoundedGzip, "zstd": BoundedZstd}
for _name, _codec in _BOUNDED.items():
    register_codec(_name, _codec)


@contextmanager
def bounded_codecs() -> Iterator[None]:
    """Arrays of Zarr 3 that are opened here are decoded by the bounded codecs, also within shards."""
    chosen = {f"codecs.{name}": f"{codec.__module__}.{codec.__qualname__}" for name, codec in _BOUNDED.items()}
    with zarr.config.set(chosen):
        yield


def check_codecs(path: Path, folder: Path, array: zarr.Array[Any]) -> None:
    """Refuse codecs whose results cannot be bounded, and pieces of Zarr 2 that inflate beyond what is declared.

    Args:
        path: of the image, for the message.
        folder: of the array.
        array: opened within `bounded_codecs`.

    Raises:
        RlsegError: a codec is not known.
        InflationError: see `check_inflation`.
    """
    metadata: Any = array.metadata
    if metadata.zarr_format == 3:
        unknown = [name for name in _names(metadata.to_dict()["codecs"]) if name not in _KNOWN]
    else:
        compressor = None if metadata.compressor is None else metadata.compressor.codec_id
        used = [*(each.codec_id for each in metadata.filters or ()), *([] if compressor is None else [compressor])]
        unknown = [name for name in used if name != compressor or name not in CODECS]
        if not unknown and compressor is not None:
            most = prod(array.chunks) * array.dtype.itemsize
            for file in folder.rglob("*"):
                if file.is_file() and not file.name.startswith("."):
                    check_inflation(compressor, file.read_bytes(), most)
    if unknown:
        raise RlsegError(f"{path} is stored by codecs that are not read here: {', '.join(unknown)}", _HINT)


def _names(codecs: Any) -> Iterator[str]:
    """Of codecs and of those within shards."""
    for codec in codecs:
        yield str(codec["name"])
        inner = codec.get("configuration", {})
        yield from _names([*inner.get("codecs", ()), *inner.get("index_codecs", ())])
