"""Label images as OME-Zarr."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rlseg.arrays import AnyLabels
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, atomic_folder
from rlseg.io.decode import import_zarr
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest

_CHUNK = 1024


class LabelZarr(LabelFormat):
    """OME-Zarr."""

    kind = "zarr"
    suffix = ".ome.zarr"

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_zarr`."""
        write_zarr(path, labels, pixel_size)

    def check(self, path: Path) -> None:
        """See `refuse_replacing`."""
        refuse_replacing(path)


def write_zarr(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None) -> None:
    """Write an OME-Zarr label image (NGFF 0.5, Zarr 3) of one resolution, in the smallest unsigned type.

    Args:
        path: folder to write; replaced if it is a label image.
        labels: (H, W), 0 = background, objects from 1 to at most 2**32 - 1.
        pixel_size: becomes the scale; without it the axes have no unit.

    Raises:
        RlsegError: the folder cannot be written or holds something else, or the package zarr is missing.
        ValueError: not 2-D, or a label is negative or too large.
    """
    stored = smallest(labels)
    zarr = import_zarr()
    refuse_replacing(path)
    size = (1.0, 1.0) if pixel_size is None else (pixel_size.row, pixel_size.column)
    unit = {} if pixel_size is None else {"unit": "micrometer"}
    scale = {"type": "scale", "scale": list(size)}
    description: dict[str, Any] = {
        "version": "0.5",
        "multiscales": [
            {
                "name": path.name.removesuffix(".ome.zarr"),
                "axes": [{"name": name, "type": "space", **unit} for name in "yx"],
                "datasets": [{"path": "0", "coordinateTransformations": [scale]}],
            }
        ],
        "image-label": {},
    }
    with atomic_folder(path) as folder:
        group = zarr.create_group(store=str(folder), zarr_format=3, attributes={"ome": description})
        chunks = tuple(min(n, _CHUNK) for n in stored.shape)
        group.create_array("0", data=stored, chunks=chunks, dimension_names=("y", "x"))


def refuse_replacing(path: Path) -> None:
    """See to it that a folder is not there, or a label image that a new one may replace.

    Raises:
        RlsegError: it is a folder of another kind.
    """
    if not os.path.exists(path):  # unlike Path, it does not mind names that are too long
        return
    if not (_says_labels(path / "zarr.json", "attributes", "ome") or _says_labels(path / ".zattrs")):
        raise RlsegError(f"{path} is there and no OME-Zarr label image: it is not replaced", "choose another folder")


def _says_labels(path: Path, *keys: str) -> bool:
    """Whether a description of a group, under some keys, is one of labels."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        for key in keys:
            found = found[key]
        return "image-label" in found
    except (OSError, ValueError, LookupError, TypeError):
        return False
