"""Images become graphs: normalised, cut into superpixels, measured, cached, and served in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlseg.arrays import lazy_names
from rlseg.data.augment import transform_sample
from rlseg.data.from_files import prepare_files
from rlseg.data.looking import Zoom
from rlseg.data.normalise import Limits, Normalisation, UnitImage
from rlseg.data.one_array import prepare_image
from rlseg.data.prepare import Preparation
from rlseg.data.proposing import Proposing, brightness_histogram, otsu_threshold
from rlseg.data.samples import Samples
from rlseg.data.view import View, measure_unit_image

if TYPE_CHECKING:
    from rlseg.data.datamodule import ImageFolder

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
    "transform_sample",
]

# of all this it alone needs Lightning, which takes seconds to import
__getattr__ = lazy_names(__name__, {"datamodule": ("ImageFolder",)})
