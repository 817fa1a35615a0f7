"""How large a pixel is, from what image files say about it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rlseg.errors import RlsegError

_MICROMETRES = {
    "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3,
    "um": 1.0, "µm": 1.0, "μm": 1.0, "\\u00b5m": 1.0,
    "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0,
    "mm": 1e3, "millimeter": 1e3, "millimetre": 1e3,
    "cm": 1e4, "centimeter": 1e4, "centimetre": 1e4,
    "m": 1e6, "meter": 1e6, "metre": 1e6,
}  # fmt: skip


@dataclass(frozen=True)
class PixelSize:
    """Height and width of a pixel in micrometres, both finite and > 0.

    Attributes:
        row, column: height and width.
        plane: how far the planes of a stack are apart, finite and > 0; None if that is not known, or there is no stack.
    """

    row: float
    column: float
    plane: float | None = None

    @property
    def side(self) -> float:
        """Side of a square of the same area, um."""
        return math.sqrt(self.row * self.column)

    def ome(self) -> dict[str, float | str]:
        """Height and width as OME's metadata have them."""
        return {
            "PhysicalSizeX": self.column,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": self.row,
            "PhysicalSizeYUnit": "µm",
        }


def distance_told(distance: float) -> float:
    """How far planes are apart, as a user says it.

    Args:
        distance: sides of a pixel.

    Raises:
        RlsegError: it is no distance.
    """
    if not 0 < distance < math.inf:
        raise RlsegError(f"the distance of planes must be a positive number of pixels, got {distance:g}")
    return distance


def square_pixels(size: float, before: PixelSize | None = None) -> PixelSize:
    """Pixels with sides of `size` um.

    Args:
        size: um.
        before: what the file of a stack says instead: how many pixels its planes are apart stays.

    Raises:
        RlsegError: it is no size.
    """
    if not 0 < size < math.inf:
        raise RlsegError(f"the pixel size must be a positive number of um, got {size}")
    plane = None if before is None or before.plane is None else size * before.plane / before.column
    return PixelSize(size, size, plane)


def pixel_size(
    row: object,
    column: object,
    unit_row: object,
    unit_column: object,
    plane: object = None,
    unit_plane: object = None,
) -> PixelSize | None:
    """A pixel size from a file's metadata.

    Args:
        row, column, plane: numbers, or their text; the last one is the distance of planes.
        unit_row, unit_column, unit_plane: a unit of length as files write it, like "µm", "micron" or "nanometer".

    Returns:
        None if anything of row and column is missing, no positive number, or no unit that is known: a size is never
        guessed.
    """
    sizes = _micrometres(row, unit_row), _micrometres(column, unit_column)
    if sizes[0] is None or sizes[1] is None:
        return None
    return PixelSize(sizes[0], sizes[1], _micrometres(plane, unit_plane))


def _micrometres(value: object, unit: object) -> float | None:
    factor = _MICROMETRES.get(str(unit).strip().lower())
    try:
        length = float(str(value))
    except ValueError:
        return None
    return length * factor if factor is not None and math.isfinite(length) and length > 0 else None
