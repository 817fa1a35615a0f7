"""One image or label image from a file, checked so that no surprise reaches the rest of the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.arrays import ndimage
from rlseg.errors import RlsegError
from rlseg.io.axes import arrange, size_as_told
from rlseg.io.decode import MAX_PIXELS, Array, Content, Wanted, channels_in_header, decode
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read_options import Reading


@dataclass(frozen=True)
class RawImage:
    """The content of an image file.

    Attributes:
        pixels: (C, H, W) float32, the stored intensities, all finite; of a volume (C, Z, H, W).
        dtype: type of the values in the file.
        pixel_size: None if the file does not say it.
        notes: what was changed in reading it, a line each.
        names: what the file calls its channels, in their order; none if it does not.
    """

    pixels: npt.NDArray[np.float32]
    dtype: np.dtype[np.generic]
    pixel_size: PixelSize | None = None
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def read_image(
    path: str | Path, channels: int | None = None, reading: Reading = Reading(), volume: bool = False
) -> RawImage:
    """Read one image; a colour image whose three colours are equal is gray.

    Args:
        path: PNG or TIFF file or Zarr folder of integers or floats, 2-D or with one channel axis.
        channels: how many the image must have, or None for any. A gray colour image satisfies 3 as well.
        reading: axes, channel, what to do with NaN, and the largest size.
        volume: whether the planes of a stack belong together.

    Returns:
        The image, (C, H, W) float32, or (C, Z, H, W) of a volume. A constant alpha channel is dropped.

    Raises:
        RlsegError: see `decode` and `arrange`; also for true/false or complex values, NaN or infinite ones (with
            their number), a stack that is to be an image or the other way round, or another number of channels.
    """
    path = Path(path)
    return _expect(path, _load(path, reading, volume), channels)


def read_planes(path: Path, channels: int | None = None, reading: Reading = Reading()) -> dict[str, RawImage]:
    """Read each plane of a stack or time series as an image of its own, like `read_image`.

    Returns:
        By the plane's name, like z03 or t1_z03 (from 1); the only one is called "" if the file is no stack.
    """
    stack, letters, content = _open(path, reading)
    planes = {}
    for place in product(*(range(n) for n in stack.shape[:-3])):
        widths = [len(str(n)) for n in stack.shape[:-3]]
        name = "_".join(f"{a.lower()}{i + 1:0{w}}" for a, i, w in zip(letters, place, widths, strict=True))
        planes[name] = _expect(path, _convert(path, stack[place], content, reading), channels)
    return planes


def read_volumes(path: Path, channels: int | None = None, reading: Reading = Reading()) -> list[Callable[[], RawImage]]:
    """Read the file of a film of volumes, axes T and Z.

    Returns:
        What makes each frame, like `read_image` of a volume; until then it stays as it is stored.

    Raises:
        RlsegError: see `read_image`; also if there are other axes.
    """
    stack, letters, content = _open(path, reading)
    if sorted(letters) != ["T", "Z"]:
        what, hint = {
            "": ("one plane", "give a stack with the axes TZYX, or a folder with a volume for each frame"),
            "T": ("a film of images", "if its frames are the planes of one volume, say so: --axes ZYX, without --film"),
            "Z": ("one volume", "a folder with a volume for each frame is a film, and so is a stack TZYX"),
        }[letters]
        raise RlsegError(f"{path} is {what}, a film of volumes has the axes T and Z", hint)
    frames = np.moveaxis(stack, letters.index("T"), 0)

    def read(number: int) -> RawImage:
        return _expect(path, _convert(path, frames[number].swapaxes(0, 1), content, reading), channels)

    return [partial(read, number) for number in range(len(frames))]


def stack_axes(path: Path, reading: Reading = Reading()) -> str:
    """The letters of the axes of an image before its channels: Z planes, T times, "" if it is no stack.

    Raises:
        RlsegError: see `read_image`.
    """
    return _open(path, reading)[1]


def common_channels(paths: Sequence[Path], reading: Reading = Reading(), volume: bool = False) -> int:
    """The number of channels all images can be read with; give it to `read_image`.

    Gray images stored in colour count as either, so a black one among colour images does no harm. Only images whose
    header does not tell are decoded.

    Args:
        paths: of the images.
        reading, volume: as of `read_image`.

    Raises:
        RlsegError: there is none (two images and their counts are named), or an image whose header does not tell cannot
            be read.
    """
    if not paths:
        raise RlsegError("no images given", "name at least one image or folder")
    first: dict[frozenset[int], Path] = {}
    for path in paths:
        counts = _counts(path, reading, volume)
        first.setdefault(counts, path)
        for other, earlier in first.items():
            if not counts & other:
                raise RlsegError(
                    f"images without a common channel count: {earlier} has {min(other)}, {path} has {min(counts)}",
                    "convert one kind to the other",
                )
    return min(frozenset.intersection(*first))


def _counts(path: Path, reading: Reading, volume: bool) -> frozenset[int]:
    """The numbers of channels that an image can be read with."""
    as_stored = reading.axes is None and reading.channel is None and not volume
    told = channels_in_header(path) if as_stored else None
    if told is not None:
        return frozenset((told,))
    pixels = _load(path, reading, volume).pixels
    return frozenset((1, 3) if _is_gray_colour(pixels) else (len(pixels),))


def read_labels(
    path: str | Path, shape: tuple[int, ...] | None = None, max_pixels: int = MAX_PIXELS, superpixels: bool = False
) -> npt.NDArray[np.int32]:
    """Read a label or superpixel image.

    Args:
        path: PNG or TIFF file or Zarr folder of whole numbers >= 0 (floats without a fraction are accepted).
        shape: (H, W) of the image it belongs to, or None for any; (Z, H, W) of a volume.
        max_pixels: largest number of values accepted.
        superpixels: whether they are superpixels, which need not hang together.

    Returns:
        (H, W) or (Z, H, W) int32, the values of the file.

    Raises:
        RlsegError: see `decode` and `arrange`; also for colours, true/false, fractional, negative, non-finite or too
            large values, another shape than the image's, or a mask in which all objects have one number.
    """
    path = Path(path)
    content = decode(path, Wanted(max_pixels, labels=True))
    _refuse_no_labels(path, content)
    if shape is None or len(shape) == 2:
        stack = _single(path, *arrange(path, content))
    else:  # its three axes can be no others
        stack = _together(path, *arrange(path, content, "ZYX" if content.values.squeeze().ndim == 3 else None))
    if len(stack) > 1 and (stack != stack[:1]).any():
        raise RlsegError(f"{path} is a colour image, not a label image", "save labels as whole numbers")
    labels = stack[0]
    if shape is not None and labels.shape != shape:
        raise RlsegError(f"{path} has shape {labels.shape}, its image has shape {shape}", "do both belong together?")
    labels = _whole_numbers(path, labels)
    if not superpixels:
        _refuse_mask(path, labels)
    return labels


def read_label_planes(
    path: Path, axes: str | None = None, max_pixels: int = MAX_PIXELS, masks: bool = False
) -> tuple[npt.NDArray[np.int32], str, PixelSize | None]:
    """Read a stack of label images.

    Args:
        path: TIFF file or Zarr folder, see `read_labels`.
        axes: one letter for each axis of the file, in place of what it declares, or None.
        max_pixels: largest number of values accepted.
        masks: take one number for all objects, too.

    Returns:
        (..., H, W) int32, the letters of the axes before H ("" for one image), and the pixel size if the file says it.

    Raises:
        RlsegError: see `read_labels`.
    """
    content = decode(path, Wanted(max_pixels, labels=True))
    _refuse_no_labels(path, content)
    stack, letters = arrange(path, content, axes)
    if (stack != stack[..., :1, :, :]).any():
        raise RlsegError(f"{path} has channels, it is no stack of label images", "save labels as whole numbers")
    labels = _whole_numbers(path, stack[..., 0, :, :])
    planes = labels.reshape(-1, *labels.shape[-2:])
    if not masks and (planes == planes.max()).sum() == (planes > 0).sum():  # one number for all: what are they?
        _refuse_mask(path, planes[np.argmax((planes > 0).sum(axis=(1, 2)))])
    return labels, letters, size_as_told(content, axes)


def _refuse_no_labels(path: Path, content: Content) -> None:
    if content.values.dtype == np.bool_:
        raise RlsegError(f"{path} holds true/false values, not labels", "number the objects from 1")
    if content.values.dtype.kind not in "uif":
        raise RlsegError(f"{path} holds values of type {content.values.dtype}", "save labels as whole numbers")


def _whole_numbers(path: Path, labels: Array) -> npt.NDArray[np.int32]:
    """Labels of any type and shape as int32."""
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


def _refuse_mask(path: Path, labels: npt.NDArray[np.int32]) -> None:
    """A picture of where objects are does not say which pixels are one object: all of them would be the same."""
    number = int(labels.max())
    inside = labels > 0
    if number == 0 or (labels[inside] != number).any():
        return
    from skimage import measure  # takes long to import, and nearly all labels are numbered

    parts = int(measure.label(inside, connectivity=2).max())
    # one object may be seen in two pieces, unless it has the number that programs give to masks
    if parts > 2 or (parts == 2 and number in (255, 65535)):
        raise RlsegError(
            f"{path} is a mask: {parts} separate objects all have the label {number}",
            "number them, for example with skimage.measure.label, or Fiji's MorphoLibJ, Connected Components Labeling",
        )


def _open(path: Path, reading: Reading) -> tuple[Array, str, Content]:
    """(..., C, H, W) as stored, the letters of the stack's axes, and what else is known of the file."""
    content = decode(path, Wanted(reading.max_pixels, series=reading.series))
    if content.labels:
        raise RlsegError(f"{path} says that it holds labels, not an image", "give the image that they belong to")
    if content.values.dtype == np.bool_:
        raise RlsegError(f"{path} holds true/false values, intensities are needed", "give the image, not a mask")
    if content.values.dtype.kind not in "uif":
        raise RlsegError(f"{path} holds values of type {content.values.dtype}", "save integers or floats")
    stack, letters = arrange(path, content, reading.axes)
    content = replace(content, pixel_size=size_as_told(content, reading.axes))
    if reading.channel is not None:
        place = _channel(path, reading.channel, stack.shape[-3], content.channels)
        stack = stack[..., place : place + 1, :, :]
    return stack, letters, content


def _channel(path: Path, wanted: int | str, count: int, names: tuple[str, ...]) -> int:
    """Which of the channels, from 0, by its number or its name; names may be numbers, like 488."""
    if isinstance(wanted, int) and wanted < count:
        return wanted
    known = [name.casefold() for name in names] if len(names) == count else []
    found = known.count(str(wanted).casefold())
    if found == 1:
        return known.index(str(wanted).casefold())
    called = f" called {', '.join(names)}" if known else " without names"
    what = f"{found} channels" if found else "no channel"
    raise RlsegError(f"{path} has {what} {wanted}", f"it has {count}, counted from 0,{called}")


def _load(path: Path, reading: Reading, volume: bool = False) -> RawImage:
    stack, letters, content = _open(path, reading)
    taken = _together(path, stack, letters) if volume else _single(path, stack, letters)
    return _convert(path, taken, content, reading)


def _together(path: Path, stack: Array, letters: str) -> Array:
    """(Z, C, H, W) to (C, Z, H, W)."""
    if letters != "Z":
        what = f"its axes before the image are {letters}" if letters else "it is one plane"
        hint = "a volume is a stack of planes Z; if they are stored under another name, say --axes ZYX "
        hint += "(training: --data.reading.axes)"
        if sorted(letters) == ["T", "Z"]:
            hint = "rlseg predict --film takes films of volumes; a training wants a file for each of their frames"
        raise RlsegError(f"{path} is no volume: {what}", hint)
    return stack.swapaxes(0, 1)


def _single(path: Path, stack: Array, letters: str) -> Array:
    if letters:
        count = " x ".join(f"{n} {a}" for a, n in zip(letters, stack.shape, strict=False))
        raise RlsegError(
            f"{path} is a stack ({count} planes), a 2-D image is needed",
            "rlseg predict --planes takes each plane by itself, --film links the objects of a film, "
            "data.preparation.volume: true takes all planes as one volume; "
            "otherwise save one file per plane",
        )
    return stack


def _convert(path: Path, stored: Array, content: Content, reading: Reading) -> RawImage:
    """(C, H, W) of any type to finite 32-bit floats."""
    with np.errstate(over="ignore"):  # counted in the next line
        pixels = np.array(stored, np.float32, order="C")
    notes, dtype = list(content.notes), content.values.dtype
    lost = ~np.isfinite(pixels)
    bad = int(np.count_nonzero(lost))
    if bad:
        if reading.nan == "error":
            hint = "replace them first, or let --nan fill take the nearest finite pixel"
            raise RlsegError(f"{path} has {bad} values that are NaN or infinite", hint)
        for channel, holes in zip(pixels, lost, strict=True):
            if holes.all():
                raise RlsegError(f"{path} has a channel without any finite value", "check how it was written")
            if holes.any():
                nearest = ndimage.distance_transform_edt(holes, return_distances=False, return_indices=True)
                channel[:] = channel[tuple(nearest)]
        notes.append(f"{path} has {bad} values that are NaN or infinite; filled from the nearest pixel")
    if dtype.itemsize > 2 and dtype != np.float32:
        exact = stored[~lost].astype(np.float64)
        error = float(np.abs(pixels[~lost] - exact).max())
        if error > 1e-3 * np.ptp(exact):
            notes.append(f"{path} loses contrast as 32-bit floats (by up to {error:g}): subtract its offset first")
    names = content.channels if len(content.channels) == len(pixels) else ()
    return RawImage(pixels, dtype, content.pixel_size, tuple(notes), names)


def _expect(path: Path, image: RawImage, channels: int | None) -> RawImage:
    pixels = image.pixels[:1] if _is_gray_colour(image.pixels) and channels != 3 else image.pixels
    if channels is not None and len(pixels) != channels:
        hint = "convert it to the kind of the others"
        if channels == 1:
            called = f", or by name: {', '.join(image.names)}" if image.names else ""
            hint = f"choose one of them: --channel 0 ... {len(pixels) - 1}{called}"
        raise RlsegError(f"{path} has {len(pixels)} channels, {channels} expected", hint)
    return replace(image, pixels=pixels, names=image.names if len(image.names) == len(pixels) else ())


def _is_gray_colour(pixels: npt.NDArray[np.float32]) -> bool:
    return len(pixels) == 3 and bool((pixels[0] == pixels[1]).all() and (pixels[0] == pixels[2]).all())
