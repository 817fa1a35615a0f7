"""Images that users of Python give as arrays or as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.read import RawImage, read_image


def image_of(image: Any, channels: int | None = None, volume: bool = False) -> RawImage:
    """A file or an array as an image.

    Args:
        image: a path, or an array (H, W) or (C, H, W) of finite integers or floats.
        channels: how many there must be, or None for any.
        volume: whether it is one: a file of a stack, or an array (Z, H, W) or (C, Z, H, W).

    Raises:
        RlsegError: it is neither, or has another number of channels.
    """
    if isinstance(image, str | Path):
        return read_image(Path(image), channels, volume=volume)
    values = np.asarray(image)
    axes = 3 if volume else 2
    if values.dtype.kind not in "uif" or values.ndim not in (axes, axes + 1) or 0 in values.shape:
        what = "a volume is a path or an array (Z, H, W) or (C, Z, H, W)"
        what = what if volume else "an image is a path or an array (H, W) or (C, H, W)"
        raise RlsegError(
            f"{what} of numbers, got {values.dtype} {values.shape}",
            "save or cast it as integers or floats; each plane of a stack is an image of its own, unless the "
            "preparation says volume: true",
        )
    if not volume and values.ndim == 3 and values.shape[2] in (3, 4) and values.shape[0] > 4:
        raise RlsegError(
            f"an image array has its channels first, (C, H, W), got shape {values.shape}",
            "numpy.moveaxis(image, -1, 0) moves them there",
        )
    with np.errstate(over="ignore"):  # found in the next line
        pixels = np.array(values if values.ndim > axes else values[None], np.float32, order="C")
    if not np.isfinite(pixels).all():
        raise RlsegError(
            "an image array holds values that are NaN, infinite or too large for 32-bit floats", "replace them first"
        )
    if channels is not None and len(pixels) != channels:
        raise RlsegError(f"the image has {len(pixels)} channels, {channels} expected", "as in the training")
    return RawImage(pixels, values.dtype)
