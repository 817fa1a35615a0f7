"""Label images as regions of ImageJ."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from rlseg.arrays import AnyLabels
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, atomic
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest
from rlseg.prediction.writers.polygons import Polygon, polygons

if TYPE_CHECKING:
    import roifile

LARGEST = 60535
"""Rows and columns that ImageJ's 16-bit coordinates can hold."""
_LONGEST = 2**16 - 1  # corners of a plain polygon
_MOVE, _LINE, _CLOSE = 0.0, 1.0, 4.0


class ImagejRegions(LabelFormat):
    """Regions for ImageJ's ROI manager."""

    kind = "rois"
    suffix = ".rois.zip"

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_rois`."""
        write_rois(path, labels, pixel_size)


def write_rois(path: Path, labels: AnyLabels, pixel_size: PixelSize | None = None) -> None:
    """Write a .zip of regions for ImageJ's ROI manager, one for each object, named after its label.

    Objects in one piece without holes are polygons, others composite regions. Coordinates are x, y in pixels along the
    edges of pixels, as ImageJ's own. The regions' properties have the label, and the pixel size in micrometres.

    Raises:
        RlsegError: the file cannot be written, or the image is too large for ImageJ.
        ValueError: not 2-D, or a label is negative or too large.
    """
    digits = len(str(int(smallest(labels).max())))
    if max(labels.shape) > LARGEST:
        size = " x ".join(map(str, labels.shape))
        raise RlsegError(
            f"cannot write {path}: {size} pixels, ImageJ's regions reach to {LARGEST}", "use --format tiff"
        )
    properties = {}
    if pixel_size is not None:
        properties = {"pixel_width_um": repr(pixel_size.column), "pixel_height_um": repr(pixel_size.row)}
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, parts in polygons(labels).items():
            region = _region(parts)
            region.name = f"{name:0{digits}d}"
            region.properties = {"label": str(name), **properties}
            # ZipInfo without a date: equal labels give equal files
            archive.writestr(ZipInfo(f"{region.name}.roi"), region.tobytes(), ZIP_DEFLATED)
    with atomic(path) as file:
        file.write(buffer.getbuffer())


def _region(parts: list[Polygon]) -> roifile.ImagejRoi:
    import roifile  # only here: most predictions write no regions

    rings = [ring for polygon in parts for ring in polygon]
    corners = np.concatenate(rings)
    if len(rings) == 1 and len(corners) <= _LONGEST:
        region = roifile.ImagejRoi.frompoints(corners)
        region.roitype = roifile.ROI_TYPE.POLYGON
        region.right, region.bottom = (int(n) for n in corners.max(axis=0))
        return region
    steps: list[float] = []
    for ring in rings:
        for kind, (x, y) in zip([_MOVE, *[_LINE] * (len(ring) - 1)], ring.tolist(), strict=True):
            steps += [kind, x, y]
        steps.append(_CLOSE)
    region = roifile.ImagejRoi()
    region.roitype = roifile.ROI_TYPE.RECT
    (region.left, region.top), (region.right, region.bottom) = corners.min(0).tolist(), corners.max(0).tolist()
    region.multi_coordinates = np.array(steps, np.float32)
    region.shape_roi_size = len(steps)
    return region
