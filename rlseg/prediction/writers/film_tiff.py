"""The label images of a film as one OME-TIFF."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import tifffile

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import smallest


def write_film(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None, plane_distance: float = 1.0) -> None:
    """Write the labels of a film as zlib-compressed OME-TIFF with the axes TYX or TZYX, of the smallest unsigned type.

    Args:
        path: file to write; replaced if it exists.
        labels: (T, H, W) or (T, Z, H, W), 0 = background, else the number of a track, at most 2**32 - 1.
        pixel_size: kept in OME's metadata.
        plane_distance: of planes, in sides of a pixel; kept where the pixel size is known.

    Raises:
        RlsegError: the file cannot be written.
        ValueError: neither 3-D nor 4-D, or a label is negative or too large.
    """
    if labels.ndim not in (3, 4):
        raise ValueError(f"the labels of a film must be (T, H, W) or (T, Z, H, W), got shape {labels.shape}")
    stored = smallest(labels.reshape(-1, labels.shape[-1])).reshape(labels.shape)
    # OME wants every file to have an identity: equal labels get an equal file
    metadata: dict[str, Any] = {
        "axes": "TZYX" if labels.ndim == 4 else "TYX",
        "UUID": str(UUID(bytes=sha256(stored.tobytes()).digest()[:16])),
    }
    if pixel_size is not None:
        metadata |= pixel_size.ome()
        if labels.ndim == 4:
            metadata |= {"PhysicalSizeZ": plane_distance * pixel_size.side, "PhysicalSizeZUnit": "µm"}
    with atomic(path) as file:
        tifffile.imwrite(file, stored, ome=True, compression="zlib", photometric="minisblack", metadata=metadata)
