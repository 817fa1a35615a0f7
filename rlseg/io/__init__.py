"""Files in and out: which images there are, what is in them, how far one is, and writing that is whole or absent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.io.atomic_files import atomic, atomic_folder, make_folder
from rlseg.io.bars import Bar, Bars
from rlseg.io.films import Frames, frames_of, in_time, read_film, read_label_film
from rlseg.io.find import ImageFile, find_images, find_labels
from rlseg.io.given import image_of
from rlseg.io.links import leads_out
from rlseg.io.pixel_size import PixelSize, distance_told, square_pixels
from rlseg.io.pixel_size import pixel_size as pixel_size_of
from rlseg.io.read import RawImage, common_channels, read_image, read_labels, read_planes, stack_axes
from rlseg.io.read_options import Reading

if TYPE_CHECKING:
    from rlseg.io.measured_table import MeasuredTable, read_measured_table
    from rlseg.io.outlines import OutlineFile, Outlines, find_outlines, read_outlines

__all__ = [
    "Bar",
    "Bars",
    "Frames",
    "ImageFile",
    "MeasuredTable",
    "OutlineFile",
    "Outlines",
    "PixelSize",
    "RawImage",
    "Reading",
    "atomic",
    "atomic_folder",
    "common_channels",
    "distance_told",
    "find_images",
    "find_labels",
    "find_outlines",
    "frames_of",
    "image_of",
    "in_time",
    "leads_out",
    "make_folder",
    "pixel_size_of",
    "read_film",
    "read_image",
    "read_label_film",
    "read_labels",
    "read_measured_table",
    "read_outlines",
    "read_planes",
    "square_pixels",
    "stack_axes",
]

# loaded when asked for: a prediction must not wait for the formats of other programs
__getattr__ = lazy_names(
    __name__,
    {
        "measured_table": ("MeasuredTable", "read_measured_table"),
        "outlines": ("OutlineFile", "Outlines", "find_outlines", "read_outlines"),
    },
)
