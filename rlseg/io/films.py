"""Films: stacks with an axis T, or folders with an image for each frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io.decode import MAX_PIXELS
from rlseg.io.folder import is_image, list_folder
from rlseg.io.pixel_size import PixelSize
from rlseg.io.read import RawImage, read_image, read_label_planes, read_planes, read_volumes
from rlseg.io.read_options import Reading


class Frames(Sequence[RawImage]):
    """The frames of a film of volumes; each is made when it is asked for, so that one at a time is in memory.

    Args:
        read: what makes each of them.
    """

    def __init__(self, read: Sequence[Callable[[], RawImage]]) -> None:
        self._read = tuple(read)

    @overload
    def __getitem__(self, place: int) -> RawImage: ...
    @overload
    def __getitem__(self, place: slice) -> Frames: ...
    def __getitem__(self, place: int | slice) -> RawImage | Frames:
        """One of them, or some that are not read yet."""
        return Frames(self._read[place]) if isinstance(place, slice) else self._read[place]()

    def __len__(self) -> int:
        return len(self._read)

    def each(self, change: Callable[[RawImage], RawImage]) -> Frames:
        """The same, of which each is changed when it is read."""
        return Frames([partial(_changed, read, change) for read in self._read])


def _changed(read: Callable[[], RawImage], change: Callable[[RawImage], RawImage]) -> RawImage:
    return change(read())


def read_film(
    path: Path, channels: int | None = None, reading: Reading = Reading(), volume: bool = False
) -> Sequence[RawImage]:
    """Read the frames of a film.

    Args:
        path: a stack whose one axis beside rows, columns and channels is T, or a folder with an image for each frame,
            in the order of their names, where t2 comes before t10. Of volumes its axes are T and Z, or the files of the
            folder are volumes.
        channels, reading: see `read_image`.
        volume: whether the frames are volumes, which are read when they are asked for.

    Raises:
        RlsegError: see `read_image`; also if it is no stack, or one of planes Z, or of volumes one without T or Z.
    """
    if path.is_dir() and not is_image(path):
        return frames_of(in_time(list_folder(path, lambda note: None)), channels, reading, volume)
    if volume:
        return Frames(read_volumes(path, channels, reading))
    planes = read_planes(path, channels, reading)
    _refuse_no_times(path, "".join(sorted({re.sub(r"[\d_]", "", name) for name in planes})).upper())
    return list(planes.values())


def frames_of(
    paths: Sequence[Path], channels: int | None = None, reading: Reading = Reading(), volume: bool = False
) -> Sequence[RawImage]:
    """Read images that are the frames of one film. paths: in the order of time; see `read_film`."""
    if volume:
        return Frames([partial(read_image, path, channels, reading, True) for path in paths])
    return [read_image(path, channels, reading) for path in paths]


def read_label_film(
    path: Path, axes: str | None = None, max_pixels: int = MAX_PIXELS
) -> tuple[npt.NDArray[np.int32], PixelSize | None]:
    """Read the label images of a film.

    Args:
        path: a stack with an axis T, and perhaps Z; or a folder with a label image or volume for each frame, in the
            order of their names, where t2 comes before t10.
        axes: one letter for each axis of a stack, or of the files of a folder, in place of what they declare, or None.
        max_pixels: largest number of values accepted in a file.

    Returns:
        (T, H, W) or (T, Z, H, W) int32, 0 = background; and the pixel size, if a stack or the first file says it.

    Raises:
        RlsegError: see `read_labels`; also if a stack has no axis T, or images of a folder are stacks of anything but
            planes or differ in size.
    """
    if path.is_dir() and not is_image(path):
        files = in_time(list_folder(path, lambda note: None))
        read = [read_label_planes(file, axes, max_pixels, masks=True) for file in files]
        for file, (_, letters, _) in zip(files, read, strict=True):
            if letters not in ("", "Z"):
                raise RlsegError(f"{file} is a stack with the axes {' and '.join(letters)}, not a frame of a film")
        frames = [labels for labels, _, _ in read]
        odd = next((at for at, frame in enumerate(frames) if frame.shape != frames[0].shape), None)
        if odd is not None:
            one, other = (" x ".join(map(str, frames[at].shape)) for at in (0, odd))
            raise RlsegError(
                f"the frames in {path} differ in size: {files[0].name} is {one} px, {files[odd].name} is {other} px",
                "a folder is one film: put other images elsewhere",
            )
        size = read[0][2]
        if size is not None and any(other is not None and other.plane != size.plane for _, _, other in read):
            size = replace(size, plane=None)  # which of them is right nobody knows
        return np.stack(frames), size
    labels, letters, pixel_size = read_label_planes(path, axes, max_pixels)
    if sorted(letters) == ["T", "Z"]:
        return np.moveaxis(labels, letters.index("T"), 0), pixel_size
    _refuse_no_times(path, letters)
    return labels, pixel_size


def in_time(paths: Sequence[Path]) -> list[Path]:
    """Files by their names, where t2 comes before t10."""
    return sorted(paths, key=lambda path: [int(part) if part.isdigit() else part for part in _parts(path)])


def _parts(path: Path) -> list[str]:
    return re.split(r"(\d+)", path.name)


def _refuse_no_times(path: Path, letters: str) -> None:
    if letters == "T":
        return
    if not letters:
        raise RlsegError(
            f"{path} is one image, a film has two or more frames",
            "give a stack with an axis T, or a folder with an image for each frame",
        )
    what = "of planes Z" if letters == "Z" else f"with the axes {' and '.join(letters)}"
    raise RlsegError(
        f"{path} is a stack {what}, a film of images has the axis T alone",
        "if its planes are frames, say so: --axes TYX"
        if letters == "Z"
        else "films of volumes need rules of volumes (dimensions: 3), or a model that was trained on volumes",
    )
