"""The bytes of an image file to an array, each format in one file; the header is checked before a pixel is decoded."""

from __future__ import annotations

from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import MAX_PIXELS, Array, Content
from rlseg.io.decode.headers import channels_in_header
from rlseg.io.decode.ngff import import_zarr
from rlseg.kinds import find_kinds

_FOUND = find_kinds(__name__, Decoder)  # type: ignore[type-abstract]
DECODERS = [found() for _, found in sorted(_FOUND.items())]


def decode(path: Path, max_pixels: int = MAX_PIXELS, indexed: bool = False) -> Content:
    """Read the one image of a file; the format is told by the content, not by the name.

    Args:
        path: a file or folder of one of the formats.
        max_pixels: largest number of values (rows * columns * channels * planes) accepted.
        indexed: give the indices of a palette PNG (label images) instead of its colours.

    Raises:
        RlsegError: the file is missing, unreadable, empty, truncated, of another format, larger than
            max_pixels, holds several images, or needs a codec or package that is not installed.
    """
    start = b""
    try:
        folder = path.is_dir()
        if not folder:
            with path.open("rb") as file:
                start = file.read(26)
    except OSError as error:
        raise RlsegError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from None
    if not folder and not start:
        raise RlsegError(f"{path} is empty (0 bytes)", "copy the file again")
    for decoder in DECODERS:
        if decoder.folders == folder and decoder.recognises(path, start):
            return decoder.decode(path, start, max_pixels, indexed)
    if folder:
        raise RlsegError(f"{path} is a folder, not an image", "name an image, or an OME-Zarr folder")
    kinds = " nor a ".join(decoder.kind for decoder in DECODERS if not decoder.folders)
    raise RlsegError(f"{path} is neither a {kinds} file", "convert the image to TIFF")


__all__ = ["DECODERS", "MAX_PIXELS", "Array", "Content", "Decoder", "channels_in_header", "decode", "import_zarr"]
