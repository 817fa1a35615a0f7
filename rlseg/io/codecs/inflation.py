"""How large a compressed piece becomes, found out before memory is taken for it."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

_STEP = 2**20
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class InflationError(ValueError):
    """A piece holds more than it may, or does not say how much."""


def check_inflation(codec: str, data: bytes | memoryview, most: int) -> None:
    """Refuse a compressed piece that would inflate to more bytes than the array declares for it.

    Args:
        codec: one of CODECS.
        data: the piece.
        most: bytes, a little more of which is allowed for checksums.

    Raises:
        InflationError: it would, or its header does not say how large it is. Other damage is left to the decoder.
    """
    most += most // 64 + 1024
    if _SIZES[codec](memoryview(data), most) > most:
        raise InflationError(f"a piece inflates to more than the {most:,} bytes that it may have")


def _blosc(data: memoryview, most: int) -> int:
    return int.from_bytes(data[4:8], "little")


def _lz4(data: memoryview, most: int) -> int:
    return int.from_bytes(data[:4], "little")


def _zstd(data: memoryview, most: int) -> int:
    """The content sizes in the headers of all frames (RFC 8878, section 3.1.1): all of them are decoded."""
    total = place = 0
    while place < len(data):
        size, place = _zstd_frame(data, place)
        total += size
    return total


def _zstd_frame(data: memoryview, place: int) -> tuple[int, int]:
    """Content size of the frame that begins here, and where it ends."""
    if bytes(data[place : place + 4]) != _ZSTD_MAGIC or len(data) < place + 6:
        raise InflationError("a piece is not compressed by zstd, as the array says")
    flags = data[place + 4]
    single = bool(flags & 0x20)
    width = (1 if single else 0, 2, 4, 8)[flags >> 6]
    if width == 0:
        raise InflationError("a piece compressed by zstd does not say how large it is: save it again with its size")
    place += 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    size = int.from_bytes(data[place : place + width], "little") + (256 if width == 2 else 0)
    place += width
    last = False
    while not last and place < len(data):
        header = int.from_bytes(data[place : place + 3], "little")
        last, repeated = bool(header & 1), header >> 1 & 3 == 1
        place += 3 + (1 if repeated else header >> 3)
    return size, place + (4 if flags & 4 else 0)


def _gzip(data: memoryview, most: int) -> int:
    """Inflates and forgets, until there is more than there may be."""
    total = 0
    # the decoder's own reader: zlib stops at paddings and headers at which this one goes on
    file = gzip.GzipFile(fileobj=io.BytesIO(data))
    try:
        while total <= most and (found := file.read(_STEP)):
            total += len(found)
    except (OSError, EOFError, zlib.error):  # damaged: the decoder will say
        pass
    return total


def _zlib(data: memoryview, most: int) -> int:
    """The first stream, for the decoder reads no other."""
    inflater, total, left = zlib.decompressobj(), 0, bytes(data)
    try:
        while total <= most and (found := inflater.decompress(left, _STEP)):
            total, left = total + len(found), inflater.unconsumed_tail
    except zlib.error:  # damaged: the decoder will say
        pass
    return total


_SIZES: dict[str, Callable[[memoryview, int], int]] = {
    "blosc": _blosc,
    "gzip": _gzip,
    "lz4": _lz4,
    "zlib": _zlib,
    "zstd": _zstd,
}
CODECS = tuple(_SIZES)
