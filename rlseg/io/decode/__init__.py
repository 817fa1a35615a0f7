"""The bytes of an image file to an array: the header is checked before a single pixel is decoded."""

from __future__ import annotations

from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode.content import MAX_PIXELS, Content
from rlseg.io.decode.ngff import decode_zarr
from rlseg.io.decode.png import PNG, decode_png
from rlseg.io.decode.tiff import TIFF, decode_tiff


def decode(path: Path, max_pixels: int = MAX_PIXELS, indexed: bool = False) -> Content:
    """Read the one image of a file; the format is told by the content, not by the name.

    Args:
        path: a PNG or TIFF file, or the folder of a Zarr array or OME-Zarr image.
        max_pixels: largest number of values (rows * columns * channels * planes) accepted.
        indexed: give the indices of a palette PNG (label images) instead of its colours.

    Raises:
        RlsegError: the file is missing, unreadable, empty, truncated, of another format, larger than
            max_pixels, holds several images, or needs a codec or package that is not installed.
    """
    try:
        if path.is_dir():
            return decode_zarr(path, max_pixels)
        with path.open("rb") as file:
            start = file.read(26)
    except OSError as error:
        raise RlsegError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from None
    if not start:
        raise RlsegError(f"{path} is empty (0 bytes)", "copy the file again")
    if start.startswith(PNG):
        return decode_png(path, start, max_pixels, indexed)
    if start.startswith(TIFF):
        return decode_tiff(path, max_pixels)
    raise RlsegError(f"{path} is neither a PNG nor a TIFF file", "convert the image to TIFF")
