"""What is known of a file once it is decoded, and the checks that all formats share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rlseg.errors import RlsegError
from rlseg.io.pixel_size import PixelSize

Array = npt.NDArray[np.generic]

MAX_PIXELS = 2**29
"""Values (rows * columns * channels * planes) a file may hold unless the caller allows more."""


@dataclass(frozen=True)
class Wanted:
    """What is to be read of a file.

    Attributes:
        max_pixels: largest number of values (rows * columns * channels * planes) accepted.
        labels: whether labels are wanted: the indices of a palette instead of its colours, and of an OME-Zarr image the
            labels inside it.
        series: which of several images, counted from 1; None = there must be one.
    """

    max_pixels: int = MAX_PIXELS
    labels: bool = False
    series: int | None = None


@dataclass(frozen=True)
class Content:
    """The one image of a file.

    Attributes:
        values: as stored, one dimension per letter of axes.
        axes: as the file declares them: Y rows, X columns, S samples (gray or RGB, alpha), C channels, Z planes,
            T times; any other letter is not known.
        pixel_size: None if the file does not say it.
        notes: what its numbers mean beyond themselves, a line each.
        labels: whether the file says that they are labels.
        channels: what the file calls its channels, in their order; none if it does not.
    """

    values: Array
    axes: str
    pixel_size: PixelSize | None = None
    notes: tuple[str, ...] = ()
    labels: bool = False
    channels: tuple[str, ...] = ()


def check_size(path: Path, shape: Sequence[int], max_pixels: int) -> None:
    """Refuse what a header claims before memory is taken for it.

    Raises:
        RlsegError: the shape holds more values than allowed.
    """
    count = int(np.prod([int(n) for n in shape], dtype=object))
    if count > max_pixels:
        size = " x ".join(map(str, shape))
        raise RlsegError(
            f"{path} claims {size} values, at most {max_pixels} are allowed",
            "allow more with --max-pixels, or cut it into tiles",
        )


def pick(path: Path, names: Sequence[str], wanted: Wanted, kind: str = "images") -> int:
    """Which one of the images of a file is wanted, counted from 0.

    Args:
        path: for messages.
        names: of its images, as far as they have some.
        wanted: has the choice.
        kind: what it holds.

    Raises:
        RlsegError: there is none, not that many, or several and no choice.
    """
    count = len(names)
    if wanted.series is not None and wanted.series > count:
        raise RlsegError(f"{path} has no image {wanted.series}", f"it has {count}, counted from 1")
    if count == 1 or (wanted.series is not None and count):
        return (wanted.series or 1) - 1
    known = [name for name in dict.fromkeys(names) if name]
    called = f" ({', '.join(known[:5])}{', ...' if len(known) > 5 else ''})" if known else ""
    hint = f"choose one: --series 1 ... {count} (training: --data.reading.series)"
    if wanted.labels or not count:
        hint = f"name the image inside, like {path / '0'}" if path.is_dir() else "save each one in a file of its own"
    raise RlsegError(f"{path} holds {count} {kind}{called}", hint)
