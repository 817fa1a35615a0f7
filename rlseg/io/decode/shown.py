"""What the numbers of a TIFF file mean: 0 may be white, and numbers may stand for colours of a palette."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile

from rlseg.errors import RlsegError
from rlseg.io.decode.content import Content, check_size


def as_shown(path: Path, content: Content, page: tifffile.TiffPage, max_pixels: int) -> Content:
    """Numbers that are larger where the picture is brighter, and colours where it has some.

    A palette whose colours never get darker from one number to the next is a way to show intensities (ImageJ's green,
    for example): the numbers stay. The colours of any other take their place, 8 bits each.

    Args:
        path: for messages.
        content: as stored.
        page: the one that says what the numbers mean.
        max_pixels: largest number of values accepted, with colours.

    Raises:
        RlsegError: 0 is white in numbers that have no largest, or the colours are too many.
    """
    values = content.values
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        if values.dtype == np.bool_:
            return content  # refused or not by those who want numbers
        if values.dtype.kind != "u":
            raise RlsegError(
                f"{path} says that 0 is white, but its values are {values.dtype}",
                "save it with 0 as black (MINISBLACK)",
            )
        largest = values.dtype.type(2 ** int(page.bitspersample) - 1)
        return replace(
            content,
            values=np.subtract(largest, values),
            notes=(*content.notes, f"{path}: 0 is white in it, its values are turned round"),
        )
    if page.photometric != tifffile.PHOTOMETRIC.PALETTE or page.colormap is None:
        return content
    palette = np.asarray(page.colormap)
    used = palette[:, : int(values.max(initial=0)) + 1].astype(np.int64)
    if (np.diff(used) >= 0).all():
        return content
    check_size(path, (*values.shape, len(palette)), max_pixels)
    colours = np.moveaxis((palette >> 8).astype(np.uint8)[:, values], 0, -1)
    notes = (*content.notes, f"{path}: read as the colours of its palette")
    return replace(content, values=colours, axes=f"{content.axes}S", notes=notes)
