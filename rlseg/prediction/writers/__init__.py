"""The formats that label images are written in, by the names that `rlseg predict --format` takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rlseg.io.pixel_size import PixelSize
from rlseg.prediction.writers.geojson import write_geojson
from rlseg.prediction.writers.labels import Labels
from rlseg.prediction.writers.ngff import write_zarr
from rlseg.prediction.writers.rois import write_rois
from rlseg.prediction.writers.tiff import write_labels


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        suffix: of its files or folders.
        write: writes (H, W) labels, 0 = background, with the pixel size if it is known, whole or not at all.
    """

    suffix: str
    write: Callable[[Path, Labels, PixelSize | None], None]


FORMATS = {
    "tiff": Format(".tif", write_labels),
    "zarr": Format(".ome.zarr", write_zarr),
    "rois": Format(".rois.zip", write_rois),
    "geojson": Format(".geojson", write_geojson),
}
