"""Label images as OME-TIFF."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import tifffile

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest


class LabelTiff(LabelFormat):
    """OME-TIFF."""

    kind = "tiff"
    suffix = ".tif"
    volumes = True

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_labels`."""
        write_labels(path, labels, pixel_size)


def write_labels(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None) -> None:
    """Write a label image as zlib-compressed OME-TIFF of the smallest unsigned type that holds it.

    Args:
        path: file to write; replaced if it exists.
        labels: (H, W) or (Z, H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        pixel_size: kept in OME's metadata, and as resolution per centimetre for programs that do not read them.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: not 2-D or 3-D, or a label is negative or too large.
    """
    stored = smallest(labels, volumes=True)
    # OME wants every file to have an identity: equal labels get an equal file
    axes = "ZYX"[-stored.ndim :]
    metadata: dict[str, Any] = {"axes": axes, "UUID": str(UUID(bytes=sha256(stored.tobytes()).digest()[:16]))}
    options: dict[str, Any] = {}
    if pixel_size is not None:
        metadata |= pixel_size.ome()
        if stored.ndim == 3 and pixel_size.plane is not None:
            metadata |= {"PhysicalSizeZ": pixel_size.plane, "PhysicalSizeZUnit": "µm"}
        options = {"resolution": (1e4 / pixel_size.column, 1e4 / pixel_size.row), "resolutionunit": "CENTIMETER"}
    with atomic(path) as file:
        tifffile.imwrite(
            file, stored, ome=True, compression="zlib", photometric="minisblack", metadata=metadata, **options
        )
