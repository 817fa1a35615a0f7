"""Files of microscopes, read by the plugins of bioio: what all of them share."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rlseg.errors import RlsegError
from rlseg.io.decode.base import Decoder
from rlseg.io.decode.content import Content, Wanted, check_size, pick
from rlseg.io.decode.failures import broken
from rlseg.io.pixel_size import PixelSize

# an uncalibrated pixel is a metre wide in some files
_LARGEST = 1e5


class PluginDecoder(Decoder):
    """One format by its plugin; the scenes are its images.

    The size of a scene is known before its pixels are read, and checked. What the libraries do before that, with the
    headers of a file, and how far a compressed piece inflates, is theirs: neither is bounded here.

    Attributes:
        package: the plugin, by the name it is installed by.
    """

    package: ClassVar[str]
    several = True

    @property
    def installed(self) -> bool:
        """Whether the plugin is there."""
        return find_spec(self.package.replace("-", "_")) is not None

    @abstractmethod
    def size(self, reader: Any, path: Path) -> tuple[float | None, float | None, float | None]:
        """Height and width of a pixel of the current scene, and how far its planes are apart, in micrometres.

        Args:
            reader: of bioio, at the scene.
            path: of the file.

        Returns:
            Row, column, plane; None for what the file does not really say.
        """

    @abstractmethod
    def lacks(self, reader: Any, path: Path) -> int:
        """How many planes of the current scene the file lacks, for which its library gives zeros without a word.

        Args:
            reader: of bioio, at the scene.
            path: of the file.
        """

    def decode(self, path: Path, start: bytes, wanted: Wanted) -> Content:
        """Read one scene whole: all its channels, planes and times, with the names of its channels.

        Raises:
            RlsegError: the plugin is missing; see `rlseg.io.decode.decode`.
        """
        try:
            module = import_module(self.package.replace("-", "_"))
        except ImportError:
            raise missing(path, self.kind) from None
        try:
            with warnings.catch_warnings():  # about what is not used here
                warnings.simplefilter("ignore")
                reader = module.Reader(str(path.absolute()))
                reader.set_scene(pick(path, [str(scene) for scene in reader.scenes], wanted, "scenes"))
                axes, shape = str(reader.dims.order), tuple(reader.dims.shape)
                check_size(path, shape, wanted.max_pixels)
                lost = self.lacks(reader, path)
                if lost:
                    count = math.prod(n for n, letter in zip(shape, axes, strict=True) if letter not in "YXS")
                    raise RlsegError(
                        f"{path} declares {count} planes and lacks {lost} of them",
                        "was the recording broken off? Save the planes that are there",
                    )
                if "M" in axes and shape[axes.index("M")] > 1:
                    raise RlsegError(
                        f"{path} is a mosaic of {shape[axes.index('M')]} tiles", "stitch them in another program"
                    )
                names = reader.channel_names if "C" in axes else None
                return Content(
                    np.asarray(reader.data),
                    axes,
                    known_size(*self.size(reader, path)),
                    channels=tuple(str(name) for name in names or ()),
                )
        except RlsegError:
            raise
        except Exception as error:  # the libraries raise whatever they meet in a damaged file
            raise broken(path, error, self.package) from None


def known_size(row: float | None, column: float | None, plane: float | None = None) -> PixelSize | None:
    """A size only if both sides are possible: unknown ones are None, 0, NaN or a metre, depending on the format.

    Args:
        row, column: height and width in micrometres.
        plane: how far the planes of a stack are apart, in micrometres; left out alone if it is not possible.
    """
    row, column, plane = (_possible(side) for side in (row, column, plane))
    return None if row is None or column is None else PixelSize(row, column, plane)


def _possible(side: float | None) -> float | None:
    return float(side) if side is not None and math.isfinite(side) and 0 < side < _LARGEST else None


def missing(path: Path, kind: str) -> RlsegError:
    """The line for a file of a kind whose package is not installed."""
    return RlsegError(
        f"cannot read {path}: {kind} needs a package that is missing", f'pip install "rlseg[{kind.lower()}]"'
    )
