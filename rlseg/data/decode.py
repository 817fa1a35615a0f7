"""Bytes of a PNG or TIFF file to an array: the header is checked before a single pixel is decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile
from PIL.PngImagePlugin import PngImageFile

from rlseg.errors import RlsegError

Array = npt.NDArray[np.generic]

MAX_PIXELS = 2**29
"""Values (rows * columns * channels) a file may hold unless the caller allows more."""

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_COLOUR_TYPES = (2, 4, 6)  # PNG: RGB, gray + alpha, RGBA


def decode(path: Path, max_pixels: int = MAX_PIXELS, indexed: bool = False) -> tuple[Array, str]:
    """Read the one image of a file; the format is told by the content, not by the name.

    Args:
        path: the file.
        max_pixels: largest number of values (rows * columns * channels) accepted.
        indexed: give the indices of a palette PNG (label images) instead of its colours.

    Returns:
        The stored values and one letter per axis as the file declares it, among them Y rows, X columns,
        S samples (gray or RGB, alpha), C channels, Z planes, T times, Q unknown.

    Raises:
        RlsegError: the file is missing, unreadable, empty, truncated, of another format, larger than
            max_pixels, holds several images, or needs a codec that is not installed.
    """
    try:
        with path.open("rb") as file:
            start = file.read(26)
    except OSError as error:
        raise RlsegError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from None
    if not start:
        raise RlsegError(f"{path} is empty (0 bytes)", "copy the file again")
    if start.startswith(_PNG):
        return _decode_png(path, start, max_pixels, indexed)
    if start.startswith(_TIFF):
        return _decode_tiff(path, max_pixels)
    raise RlsegError(f"{path} is neither a PNG nor a TIFF file", "convert the image to TIFF")


def _check_size(path: Path, shape: tuple[int, ...], max_pixels: int) -> None:
    count = int(np.prod([int(n) for n in shape], dtype=object))
    if count > max_pixels:
        size = " x ".join(map(str, shape))
        raise RlsegError(f"{path} claims {size} values, at most {max_pixels} are allowed", "cut it into tiles")


def _broken(path: Path, error: Exception) -> RlsegError:
    text = " ".join(str(error).split()) or type(error).__name__
    if "imagecodecs" in text:
        return RlsegError(f"cannot read {path}: {text}", "install imagecodecs, or save it with zlib")
    return RlsegError(f"cannot read {path}: {text}", "the file is damaged or unusual: save it again")


def _decode_png(path: Path, start: bytes, max_pixels: int, indexed: bool) -> tuple[Array, str]:
    if len(start) < 26 or start[12:16] != b"IHDR":
        raise RlsegError(f"cannot read {path}: it ends within the header", "copy the file again")
    width, height = int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
    depth, colour = start[24], start[25]
    _check_size(path, (height, width), max_pixels)
    if depth == 16 and colour in _COLOUR_TYPES:
        raise RlsegError(f"{path} is a PNG with 16 bits per colour, which would be cut to 8 bits", "save it as TIFF")
    try:
        # The class itself, not Image.open: that one has a limit of its own and lets other formats in.
        with path.open("rb") as file, PngImageFile(file) as image:
            image.load()
            array = np.asarray(image.convert("RGB") if image.mode == "P" and not indexed else image)
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, zlib.error, ...
        raise _broken(path, error) from None
    return array, "YX" if array.ndim == 2 else "YXS"


def _decode_tiff(path: Path, max_pixels: int) -> tuple[Array, str]:
    try:
        with tifffile.TiffFile(path) as tiff:
            count = len(tiff.series)
            if count != 1:
                raise RlsegError(f"{path} holds {count} images", "save each one in a file of its own")
            series = tiff.series[0]
            _check_size(path, series.shape, max_pixels)
            array = np.asarray(series.asarray())
            if array.shape != series.shape:  # tifffile only logs this
                raise RlsegError(f"cannot read {path}: its data do not fill its size", "copy the file again")
            return array, series.axes
    except RlsegError:
        raise
    except Exception as error:  # tifffile and its codecs raise whatever they meet in a damaged file
        raise _broken(path, error) from None
