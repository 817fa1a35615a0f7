"""Label images by the name that Cellpose gives to its own."""

from __future__ import annotations

from pathlib import Path

from rlseg.arrays import AnyLabels
from rlseg.io import PixelSize
from rlseg.prediction.writers.base import LabelFormat, Measurements, smallest
from rlseg.prediction.writers.tiff import write_labels


class CellposeMasks(LabelFormat):
    """The label TIFF as `NAME_cp_masks.tif`, which Cellpose finds beside an image as its masks."""

    kind = "cellpose"
    suffix = "_cp_masks.tif"

    def write(
        self,
        path: Path,
        labels: AnyLabels,
        pixel_size: PixelSize | None = None,
        measurements: Measurements | None = None,
        image: Path | None = None,
    ) -> None:
        """See `write_labels`."""
        write_labels(path, smallest(labels), pixel_size)
