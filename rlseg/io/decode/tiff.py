"""TIFF, OME-TIFF and ImageJ TIFF."""

from __future__ import annotations

import logging
import lzma
import zlib
from pathlib import Path

import numpy as np
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, broken, check_size
from rlseg.io.decode.shown import as_shown
from rlseg.io.pixel_size import PixelSize, pixel_size

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_DEFLATE = {tifffile.COMPRESSION.ADOBE_DEFLATE, tifffile.COMPRESSION.DEFLATE}
_STEP = 2**20  # bytes inflated at a time to see how large a piece is
_MEMORY = 2**28  # bytes that the strongest compression of LZMA needs, and more

# what it finds odd in a damaged file goes to whoever asks for it and not, as a last resort, to the console
logging.getLogger("tifffile").addHandler(logging.NullHandler())


class TiffDecoder(Decoder):
    """See `decode_tiff`."""

    kind = "TIFF"
    suffixes = (".tif", ".tiff")

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes."""
        return start.startswith(TIFF)

    def decode(self, path: Path, start: bytes, max_pixels: int, indexed: bool) -> Content:
        """See `decode_tiff`."""
        return decode_tiff(path, max_pixels, indexed)


def decode_tiff(path: Path, max_pixels: int, indexed: bool = False) -> Content:
    """Read the one series of a TIFF file as it is shown; other files that it names are not looked at.

    Numbers of which 0 is white are turned round, and a palette gives its colours, see `as_shown`; indexed leaves both.

    Raises:
        RlsegError: see `decode`.
    """
    try:
        # one image may be spread over files that its metadata name, wherever they lie: these are not opened
        with tifffile.TiffFile(path, _multifile=False) as tiff:
            count = len(tiff.series)
            if count != 1:
                raise RlsegError(f"{path} holds {count} images", "save each one in a file of its own")
            series = tiff.series[0]
            check_size(path, series.shape, max_pixels)
            if series.keyframe.is_tiled:
                check_size(path, series.keyframe.chunks, max_pixels)
            lost = sum(page is None for page in series.pages)
            if lost:  # tifffile would make them up, as zeros
                raise RlsegError(
                    f"{path} declares {len(series.pages)} planes and lacks {lost} of them",
                    "was the recording broken off? Save the planes that are there",
                )
            for page in series.pages:
                _check_pieces(path, page, tiff)
            array = np.asarray(series.asarray())
            if array.shape != series.shape:  # tifffile only logs this
                raise RlsegError(f"cannot read {path}: its data do not fill its size", "copy the file again")
            content = Content(array, series.axes, _pixel_size(tiff))
            return content if indexed else as_shown(path, content, series.keyframe, max_pixels)
    except RlsegError:
        raise
    except Exception as error:  # tifffile and its codecs raise whatever they meet in a damaged file
        raise broken(path, error) from None


def _check_pieces(path: Path, page: tifffile.TiffPage | tifffile.TiffFrame, tiff: tifffile.TiffFile) -> None:
    """Refuse compressed pieces that inflate to more than their share of the image: the codecs would not stop."""
    key = page.keyframe
    if key.compression not in _DEFLATE and key.compression != tifffile.COMPRESSION.LZMA:
        return
    rows = 1 if key.is_tiled else min(1, key.imagelength / key.rowsperstrip)  # one strip may claim 2**32 - 1 rows
    # twice as much, for a writer may fill up its pieces
    most = int(2 * rows * int(np.prod(key.chunks, dtype=object)) * key.dtype.itemsize) + 4096
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        tiff.filehandle.seek(offset)
        rest = tiff.filehandle.read(size)
        # bytes that cannot be inflated are left to the decoder to complain about
        if key.compression in _DEFLATE:
            inflater = zlib.decompressobj()
            total = 0
            while rest and not inflater.eof and total <= most:
                total += len(inflater.decompress(rest, _STEP))
                rest = inflater.unconsumed_tail
        else:
            unpacker = lzma.LZMADecompressor(memlimit=_MEMORY)
            total = len(unpacker.decompress(rest, most + 1))
        if total > most:
            raise RlsegError(f"{path} inflates to more than the size it claims", "the file is damaged or hostile")


def _pixel_size(tiff: tifffile.TiffFile) -> PixelSize | None:
    """From OME's or ImageJ's metadata, or the resolution per centimetre. That per inch is a printer's."""
    if tiff.is_ome:
        images = tifffile.xml2dict(tiff.ome_metadata)["OME"].get("Image")
        pixels = images.get("Pixels", {}) if isinstance(images, dict) else {}
        y, x = "PhysicalSizeY", "PhysicalSizeX"
        return pixel_size(pixels.get(y), pixels.get(x), pixels.get(f"{y}Unit", "µm"), pixels.get(f"{x}Unit", "µm"))
    tags = tiff.pages.first.tags
    sizes = []
    for name in ("YResolution", "XResolution"):
        pixels, length = tags.valueof(name, default=(0, 0))
        sizes.append(length / pixels if pixels else None)
    if tiff.is_imagej:
        unit = (tiff.imagej_metadata or {}).get("unit")
    else:
        unit = "cm" if tags.valueof("ResolutionUnit") == tifffile.RESUNIT.CENTIMETER else None
    return pixel_size(sizes[0], sizes[1], unit, unit)
