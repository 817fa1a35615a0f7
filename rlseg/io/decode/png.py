"""PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, Wanted, check_size
from rlseg.io.decode.failures import broken

PNG = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = (2, 4, 6)  # RGB, gray + alpha, RGBA


class PngDecoder(Decoder):
    """See `decode_png`."""

    kind = "PNG"
    suffixes = (".png",)

    def recognises(self, path: Path, start: bytes) -> bool:
        """By its first bytes."""
        return start.startswith(PNG)

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """See `decode_png`."""
        return decode_png(path, start, wanted)


def decode_png(path: Path, start: bytes, wanted: Wanted) -> Content:
    """Read a PNG that starts with these 26 bytes. Its dots per metre are those of a printer, no pixel size.

    Raises:
        RlsegError: see `decode`; also for 16 bits per colour, which would be cut to 8.
    """
    if len(start) < 26 or start[12:16] != b"IHDR":
        raise RlsegError(f"cannot read {path}: it ends within the header", "copy the file again")
    width, height = int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
    depth, colour = start[24], start[25]
    check_size(path, (height, width), wanted.max_pixels)
    if depth == 16 and colour in _COLOUR_TYPES:
        raise RlsegError(f"{path} is a PNG with 16 bits per colour, which would be cut to 8 bits", "save it as TIFF")
    from PIL.PngImagePlugin import PngImageFile  # takes as long to import as a TIFF to read

    try:
        # The class itself, not Image.open: that one has a limit of its own and lets other formats in.
        with path.open("rb") as file, PngImageFile(file) as image:
            image.load()
            array = np.asarray(image.convert("RGB") if image.mode == "P" and not wanted.labels else image)
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, zlib.error, ...
        raise broken(path, error, "pillow") from None
    return Content(array, "YX" if array.ndim == 2 else "YXS")
