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
class Content:
    """The one image of a file.

    Attributes:
        values: as stored, one dimension per letter of axes.
        axes: as the file declares them: Y rows, X columns, S samples (gray or RGB, alpha), C channels, Z planes,
            T times; any other letter is not known.
        pixel_size: None if the file does not say it.
        notes: what its numbers mean beyond themselves, a line each.
    """

    values: Array
    axes: str
    pixel_size: PixelSize | None = None
    notes: tuple[str, ...] = ()


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


def broken(path: Path, error: Exception) -> RlsegError:
    """The error of a decoding library in one line."""
    text = " ".join(str(error).split())[:200] or type(error).__name__
    if "imagecodecs" in text:
        return RlsegError(f"cannot read {path}: {text}", "install imagecodecs, or save it with zlib")
    return RlsegError(f"cannot read {path}: {text}", "the file is damaged or unusual: save it again")
