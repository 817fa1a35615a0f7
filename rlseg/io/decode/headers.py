"""What the header of an image file says of its channels, so that no pixel need be decoded for it."""

from __future__ import annotations

from pathlib import Path

import tifffile

from rlseg.io.decode.png import PNG
from rlseg.io.decode.tiff import TIFF

_PLAIN = (tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.MINISWHITE)


def channels_in_header(path: Path) -> int | None:
    """The number of channels that an image is read with as it is, where its header leaves no doubt.

    It does for gray images, which most are, and for several channels but three: those may be a gray image in colour.

    Args:
        path: the file, or the folder.

    Returns:
        The number, or None where the pixels must be looked at, or reading them would say what is wrong.
    """
    try:
        with path.open("rb") as file:
            start = file.read(26)
        if start.startswith(PNG):
            # gray, of 2 to 16 bits; 1 bit is true/false
            return 1 if len(start) == 26 and start[25] == 0 and start[24] > 1 else None
        return _of_tiff(path) if start.startswith(TIFF) else None
    except Exception:  # tifffile raises whatever it meets in a damaged file
        return None


def _of_tiff(path: Path) -> int | None:
    with tifffile.TiffFile(path, _multifile=False) as tiff:
        if len(tiff.series) != 1:
            return None
        series = tiff.series[0]
        if series.keyframe.photometric not in _PLAIN or series.dtype.kind not in "uif" or 0 in series.shape:
            return None
        if series.axes == "YX":
            return 1
        return int(series.shape[0]) if series.axes == "CYX" and series.shape[0] != 3 else None
