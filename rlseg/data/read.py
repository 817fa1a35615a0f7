"""One image or label image from a file, checked so that no surprise reaches the rest of the package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.data.decode import MAX_PIXELS, Array, decode
from rlseg.errors import RlsegError


@dataclass(frozen=True)
class RawImage:
    """The content of an image file.

    Attributes:
        pixels: (C, H, W) float32, the stored intensities, all finite.
        dtype: type of the values in the file.
    """

    pixels: npt.NDArray[np.float32]
    dtype: np.dtype[np.generic]


def read_image(path: Path, channels: int | None = None, max_pixels: int = MAX_PIXELS) -> RawImage:
    """Read one image; a colour image whose three colours are equal is gray.

    Args:
        path: PNG or TIFF file of integers or floats, 2-D or with one channel axis.
        channels: how many the image must have, or None for any. A gray colour image satisfies 3 as well.
        max_pixels: largest number of values (rows * columns * channels) accepted.

    Returns:
        The image, (C, H, W) float32. A constant alpha channel is dropped.

    Raises:
        RlsegError: see `decode`; also for true/false or complex values, NaN or infinite ones (with their
            number), more axes than rows, columns and one channel, a channel axis that is not certain,
            transparency, or another number of channels.
    """
    image = _load(path, max_pixels)
    pixels = image.pixels[:1] if _is_gray_colour(image.pixels) and channels != 3 else image.pixels
    if channels is not None and len(pixels) != channels:
        raise RlsegError(
            f"{path} has {len(pixels)} channels, {channels} expected", "convert it to the kind of the others"
        )
    return RawImage(np.ascontiguousarray(pixels), image.dtype)


def _load(path: Path, max_pixels: int) -> RawImage:
    array, axes = decode(path, max_pixels)
    if array.dtype == np.bool_:
        raise RlsegError(f"{path} holds true/false values, intensities are needed", "give the image, not a mask")
    if array.dtype.kind not in "uif":
        raise RlsegError(f"{path} holds values of type {array.dtype}", "save integers or floats")
    with np.errstate(over="ignore"):  # counted in the next line
        pixels = _channels_first(path, array, axes).astype(np.float32)
    bad = int(np.count_nonzero(~np.isfinite(pixels)))
    if bad:
        raise RlsegError(f"{path} has {bad} values that are NaN or infinite", "replace them first")
    return RawImage(pixels, array.dtype)


def _is_gray_colour(pixels: npt.NDArray[np.float32]) -> bool:
    return len(pixels) == 3 and bool((pixels[0] == pixels[1]).all() and (pixels[0] == pixels[2]).all())


def _channels_first(path: Path, array: Array, axes: str) -> Array:
    """(C, H, W) without alpha; the channel axis is the one the file declares, or the only one of 3 or 4."""
    kept = [i for i in range(array.ndim) if array.shape[i] != 1 or axes[i] in "YX"]
    array, axes = array.reshape([array.shape[i] for i in kept]), "".join(axes[i] for i in kept)
    if not array.size:
        raise RlsegError(f"{path} has no pixels: its shape is {array.shape}", "check how it was written")
    if array.ndim == 2:
        return array[None]
    extra = axes.replace("Y", "").replace("X", "")
    size = " x ".join(map(str, array.shape))
    if array.ndim != 3 or extra not in ("S", "C", "Q", "I"):
        raise RlsegError(f"{path} is a stack ({axes}, {size}), a 2-D image is needed", "save one file per plane")
    if extra in "SC":
        channel = axes.index(extra)
    else:
        candidates = [i for i in (0, 2) if array.shape[i] in (3, 4)]
        if len(candidates) != 1:
            raise RlsegError(
                f"{path} has three axes ({size}) and does not say which one is the channel",
                "save it as TIFF with axes CYX or YXC in its metadata",
            )
        channel = candidates[0]
    stack = np.moveaxis(array, channel, 0)
    if extra != "C" and len(stack) in (2, 4):
        if (stack[-1] != stack[-1].flat[0]).any():
            raise RlsegError(f"{path} is partly transparent", "flatten the image, or save its channels as CYX TIFF")
        stack = stack[:-1]
    return stack


def common_channels(paths: Sequence[Path], max_pixels: int = MAX_PIXELS) -> int:
    """The number of channels all images can be read with; give it to `read_image`.

    Gray images stored in colour count as either, so a black one among colour images does no harm.

    Raises:
        RlsegError: there is none (two images and their counts are named), or an image cannot be read.
    """
    if not paths:
        raise RlsegError("no images given", "name at least one image or folder")
    first: dict[frozenset[int], Path] = {}
    for path in paths:
        pixels = _load(path, max_pixels).pixels
        counts = frozenset((1, 3) if _is_gray_colour(pixels) else (len(pixels),))
        first.setdefault(counts, path)
        for other, earlier in first.items():
            if not counts & other:
                raise RlsegError(
                    f"images without a common channel count: {earlier} has {min(other)}, {path} has {min(counts)}",
                    "convert one kind to the other",
                )
    return min(frozenset.intersection(*first))


def read_labels(
    path: Path, shape: tuple[int, int] | None = None, max_pixels: int = MAX_PIXELS
) -> npt.NDArray[np.int32]:
    """Read a label or superpixel image.

    Args:
        path: PNG or TIFF file of whole numbers >= 0 (floats without a fraction are accepted).
        shape: (H, W) of the image it belongs to, or None for any.
        max_pixels: largest number of values accepted.

    Returns:
        (H, W) int32, the values of the file.

    Raises:
        RlsegError: see `decode`; also for colours, true/false, fractional, negative, non-finite or too large
            values, or another shape than the image's.
    """
    array, axes = decode(path, max_pixels, indexed=True)
    if array.dtype == np.bool_:
        raise RlsegError(f"{path} holds true/false values, not labels", "number the objects from 1")
    if array.dtype.kind not in "uif":
        raise RlsegError(f"{path} holds values of type {array.dtype}", "save labels as whole numbers")
    stack = _channels_first(path, array, axes)
    if len(stack) > 1 and (stack != stack[:1]).any():
        raise RlsegError(f"{path} is a colour image, not a label image", "save labels as whole numbers")
    labels = stack[0]
    if shape is not None and labels.shape != shape:
        raise RlsegError(f"{path} has shape {labels.shape}, its image has shape {shape}", "do both belong together?")
    if labels.dtype.kind == "f":
        fractional = int(np.count_nonzero(~np.isfinite(labels) | (labels != np.floor(labels))))
        if fractional:
            raise RlsegError(
                f"{path} has {fractional} labels that are not whole numbers",
                "use whole numbers, 0 for background",
            )
    low, high = labels.min(), labels.max()
    if low < 0:
        raise RlsegError(f"{path} holds a negative label: {low}", "use 0 for background")
    if high > np.iinfo(np.int32).max:
        raise RlsegError(f"{path} holds a label above {np.iinfo(np.int32).max}: {high}", "number them from 1")
    return labels.astype(np.int32)
