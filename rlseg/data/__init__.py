"""Images become graphs: normalised, cut into superpixels, measured, cached, and served in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.data.looking import Zoom
from rlseg.data.normalise import Limits, Normalisation, UnitImage
from rlseg.data.prepare import Preparation
from rlseg.data.proposing import Proposing, brightness_histogram, otsu_threshold
from rlseg.data.samples import Samples
from rlseg.data.view import View, measure_unit_image

if TYPE_CHECKING:
    from rlseg.data.augment import symmetries, transform_sample
    from rlseg.data.datamodule import ImageFolder
    from rlseg.data.from_files import prepare_files
    from rlseg.data.one_array import prepare_image

__all__ = [
    "ImageFolder",
    "Limits",
    "Normalisation",
    "Preparation",
    "Proposing",
    "Samples",
    "UnitImage",
    "View",
    "Zoom",
    "brightness_histogram",
    "measure_unit_image",
    "otsu_threshold",
    "prepare_files",
    "prepare_image",
    "symmetries",
    "transform_sample",
]

# loaded when asked for: a prediction needs none of it, and the first takes seconds to import, as it needs Lightning
__getattr__ = lazy_names(
    __name__,
    {
        "datamodule": ("ImageFolder",),
        "augment": ("symmetries", "transform_sample"),
        "from_files": ("prepare_files",),
        "one_array": ("prepare_image",),
    },
)
