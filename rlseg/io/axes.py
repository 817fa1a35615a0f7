"""Which axis of an array is what; never guessed where a channel could be a plane."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.decode import Array, Content
from rlseg.io.pixel_size import PixelSize


def arrange(path: Path, content: Content, axes: str | None = None) -> tuple[Array, str]:
    """Bring an image to one order of axes.

    Args:
        path: for messages.
        content: what the file holds.
        axes: one letter for each axis of the file, in place of what it declares, or None.

    Returns:
        The values, (..., C, H, W), without axes of length 1 before the C and without a constant alpha channel; and the
        letters of the axes before the C: Z planes, T times, "" for one image.

    Raises:
        RlsegError: an axis is not known or there twice, axes do not fit, there is no pixel, or a pixel is transparent.
    """
    array, declared = content.values, content.axes
    if axes is not None:
        array = array if array.ndim == len(axes) else array.squeeze()
        if array.ndim != len(axes):
            raise RlsegError(
                f"{path} has {array.ndim} axes ({_size(array)}), --axes {axes} names {len(axes)}",
                "name the axes as they are stored, like CYX",
            )
        declared = axes
    kept = [i for i in range(array.ndim) if array.shape[i] != 1 or declared[i] in "YX"]
    array, declared = array.reshape([array.shape[i] for i in kept]), "".join(declared[i] for i in kept)
    if not array.size:
        raise RlsegError(f"{path} has no pixels: its shape is {array.shape}", "check how it was written")
    extra = declared.replace("Y", "").replace("X", "")
    channel = "".join(letter for letter in extra if letter in "CS")
    stack = "".join(letter for letter in extra if letter in "TZ")
    if len(stack + channel) < len(extra) or len(channel) > 1 or sorted(declared) != sorted({*declared, *"YX"}):
        raise RlsegError(
            f"{path} has {array.ndim} axes ({_size(array)}) and does not say which one is the channel or the plane",
            "say it, slowest first: --axes CYX, YXC, ZYX, TZYX, ... (training: --data.reading.axes)",
        )
    order = [declared.index(letter) for letter in stack + channel + "YX"]
    array = array.transpose(order)
    if not channel:
        array = array[..., None, :, :]
    if channel == "S" and array.shape[-3] in (2, 4):
        alpha = array[..., -1, :, :]
        if (alpha != alpha.flat[0]).any():
            raise RlsegError(f"{path} is partly transparent", "flatten the image, or save its channels as CYX TIFF")
        array = array[..., :-1, :, :]
    return array, stack


def size_as_told(content: Content, axes: str | None) -> PixelSize | None:
    """The size of a pixel where the user says which axis is which.

    Args:
        content: what the file holds; its size is that of the axes as the file calls them.
        axes: one letter for each axis of the file, in place of what it declares, or None.

    Returns:
        An axis that the file calls Z and the user X is as large along X as the file says of its Z; None where height or
        width are then not known.
    """
    size, declared = content.pixel_size, content.axes
    if axes is None or size is None:
        return size
    if len(declared) != len(axes):
        declared = "".join(letter for letter, n in zip(declared, content.values.shape, strict=True) if n != 1)
    known = {"Z": size.plane, "Y": size.row, "X": size.column}
    for letter, before in zip(axes, declared, strict=False):
        if letter in known and before in known and letter != before:
            known[letter] = {"Z": size.plane, "Y": size.row, "X": size.column}[before]
    row, column = known["Y"], known["X"]
    return None if row is None or column is None else PixelSize(row, column, known["Z"])


def _size(array: Array) -> str:
    return " x ".join(map(str, np.shape(array)))
