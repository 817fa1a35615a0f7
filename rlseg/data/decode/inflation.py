"""How large a compressed piece becomes, found out before memory is taken for it."""

from __future__ import annotations

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
    """The content size in the header of the frame (RFC 8878, section 3.1.1.1)."""
    if bytes(data[:4]) != _ZSTD_MAGIC or len(data) < 6:
        raise InflationError("a piece is not compressed by zstd, as the array says")
    flags = data[4]
    single = bool(flags & 0x20)
    width = (1 if single else 0, 2, 4, 8)[flags >> 6]
    if width == 0:
        raise InflationError("a piece compressed by zstd does not say how large it is: save it again with its size")
    start = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    return int.from_bytes(data[start : start + width], "little") + (256 if width == 2 else 0)


def _deflate(window: int) -> Callable[[memoryview, int], int]:
    def inflate(data: memoryview, most: int) -> int:
        """Inflates and forgets, until there is more than there may be."""
        total, left = 0, bytes(data)
        while left and total <= most:  # a file may have several members
            member = zlib.decompressobj(window)
            while not member.eof and total <= most:
                try:
                    found = member.decompress(left, _STEP)
                except zlib.error:  # damaged, or what follows the last member: the decoder will say
                    return total
                total += len(found)
                left = member.unconsumed_tail
                if not found and not left:
                    return total
            left = member.unused_data
        return total

    return inflate


_SIZES: dict[str, Callable[[memoryview, int], int]] = {
    "blosc": _blosc,
    "gzip": _deflate(31),
    "lz4": _lz4,
    "zlib": _deflate(15),
    "zstd": _zstd,
}
CODECS = tuple(_SIZES)
