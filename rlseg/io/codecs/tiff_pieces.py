"""How large the compressed pieces of a TIFF become, found out before memory is taken for them."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.codecs.inflation import InflationError

_C = tifffile.COMPRESSION
_STEP = 2**20  # bytes inflated at a time to see how large a piece is
_MEMORY = 2**28  # bytes that the strongest compression of LZMA needs, and more
_HINT = "save it compressed by LZW or zlib, or not at all"


def check_pieces(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame, tiff: tifffile.TiffFile) -> None:
    """Refuse compressed pieces that inflate to more than their share of the image.

    LZW and Zstandard are not looked at: imagecodecs is told how much to decode, and does no more. PackBits cannot grow
    by more than 64 times.

    Raises:
        RlsegError: they do; or the compression needs a package that is missing, or is not known here.
    """
    key = page.keyframe
    kind = key.compression
    if kind in (_C.NONE, _C.PACKBITS):
        return
    if kind in _FOREIGN and find_spec("imagecodecs") is None:
        raise RlsegError(
            f"cannot read {path}: it is compressed by {_C(kind).name}, which needs a package that is missing",
            'pip install "rlseg[formats]", or save it with zlib',
        )
    if kind in _BOUNDED:
        return
    if kind not in _SIZES or key.jpegheader is not None:
        name = _C(kind).name if kind in set(_C) else str(kind)[:20]
        raise RlsegError(f"{path} is compressed in a way that is not read here: {name}", _HINT)
    shaped = key.dtype is not None and (key.is_tiled or key.rowsperstrip)
    if not shaped or len(page.dataoffsets) != len(page.databytecounts):
        raise RlsegError(
            f"cannot read {path}: its header is not that of an image", "copy it again from where it was made"
        )
    rows = 1 if key.is_tiled else min(1, key.imagelength / key.rowsperstrip)  # one strip may claim 2**32 - 1 rows
    # twice as much, for a writer may fill up its pieces
    most = int(2 * rows * int(np.prod(key.chunks, dtype=object)) * key.dtype.itemsize) + 4096
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        tiff.filehandle.seek(offset)
        piece = tiff.filehandle.read(size)
        try:
            total = _SIZES[kind](piece, most) if piece else 0  # a piece of no bytes is one of zeros
        except InflationError as error:
            raise RlsegError(f"cannot read {path}: {error}", _HINT) from None
        if total > most:
            raise RlsegError(f"{path} inflates to more than the size it claims", "the file is damaged or hostile")


def _zlib(piece: bytes, most: int) -> int:
    inflater, total, rest = zlib.decompressobj(), 0, piece
    while rest and not inflater.eof and total <= most:
        total += len(inflater.decompress(rest, _STEP))
        rest = inflater.unconsumed_tail
    return total


def _lzma(piece: bytes, most: int) -> int:
    return len(lzma.LZMADecompressor(memlimit=_MEMORY).decompress(piece, most + 1))


def _jpeg(piece: bytes, most: int) -> int:
    """Of the frame header (ITU-T T.81, B.2.2), looked for as decoders do: what lies between markers is passed over."""
    place = 2
    while (place := piece.find(b"\xff", place)) >= 0 and place + 9 < len(piece):
        marker = piece[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            depth, parts = piece[place + 4], piece[place + 9]
            rows, columns = (int.from_bytes(piece[place + at : place + at + 2], "big") for at in (5, 7))
            return rows * columns * parts * (1 if depth <= 8 else 2)
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD9:  # no segment begins here
            place += 1 if marker == 0xFF else 2
        else:
            place += 2 + int.from_bytes(piece[place + 2 : place + 4], "big")
    raise InflationError("a JPEG piece in it does not say how large it is")


def _jpeg2000(piece: bytes, most: int) -> int:
    """Of the size marker (ITU-T T.800, A.5.1), which comes first: the number of values."""
    if not piece.startswith(b"\xff\x4f\xff\x51") or len(piece) < 42:
        raise InflationError("a JPEG 2000 piece in it does not say how large it is")
    right, bottom, left, top = (int.from_bytes(piece[at : at + 4], "big") for at in (8, 12, 16, 20))
    return max(right - left, 0) * max(bottom - top, 0) * int.from_bytes(piece[40:42], "big")


_BOUNDED = (_C.LZW, _C.ZSTD)
_JPEG2000 = (_C.JPEG2000, _C.APERIO_JP2000_YCBC, _C.APERIO_JP2000_RGB)
_FOREIGN = (*_BOUNDED, _C.JPEG, *_JPEG2000)
_SIZES: dict[int, Callable[[bytes, int], int]] = {
    _C.DEFLATE: _zlib,
    _C.ADOBE_DEFLATE: _zlib,
    _C.LZMA: _lzma,
    _C.JPEG: _jpeg,
    **dict.fromkeys(_JPEG2000, _jpeg2000),
}
