"""The bytes of an image file to an array, each format in one file; the header is checked before a pixel is decoded."""

from __future__ import annotations

from pathlib import Path

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import MAX_PIXELS, Array, Content, Wanted, pick
from rlseg.io.decode.headers import channels_in_header
from rlseg.io.decode.ngff import image_group, import_zarr, is_zarr
from rlseg.io.decode.nifti import NiftiHeader, nifti_header
from rlseg.kinds import find_kinds

_FOUND = find_kinds(__name__, Decoder)  # type: ignore[type-abstract]
DECODERS = [found() for _, found in sorted(_FOUND.items())]

_OTHERS = {
    b"\xff\xd8\xff": "a JPEG, which keeps no exact values",
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "an array of NumPy",
    b"PK": "a ZIP archive",
}


def decode(path: Path, wanted: Wanted = Wanted()) -> Content:
    """Read the one image of a file; the format is told by the content, not by the name.

    Args:
        path: a file or folder of one of the formats.
        wanted: what is to be read of it.

    Raises:
        RlsegError: the file is missing, unreadable, empty, truncated, of another format, larger than
            allowed, holds several images of which none was chosen, or needs a codec or package that is not installed.
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
            if not decoder.several:
                pick(path, [""], wanted)
            return decoder.decode(path, start, wanted)
    if folder:
        raise RlsegError(f"{path} is a folder, not an image", "name an image, or an OME-Zarr folder")
    kinds = " nor a ".join(decoder.kind for decoder in DECODERS if decoder.installed and not decoder.folders)
    other = next((f", but {name}" for mark, name in _OTHERS.items() if start.startswith(mark)), "")
    raise RlsegError(f"{path} is neither a {kinds} file{other}", "convert the image to TIFF")


__all__ = [
    "DECODERS",
    "MAX_PIXELS",
    "Array",
    "Content",
    "Decoder",
    "NiftiHeader",
    "Wanted",
    "channels_in_header",
    "decode",
    "image_group",
    "import_zarr",
    "is_zarr",
    "nifti_header",
]
