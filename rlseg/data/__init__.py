"""Images become graphs: normalised, cut into superpixels, measured, cached, and served in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlseg.data.augment import transform_sample
from rlseg.data.from_files import prepare_files
from rlseg.data.normalise import Limits, Normalisation, UnitImage
from rlseg.data.one_array import prepare_image
from rlseg.data.prepare import Preparation
from rlseg.data.view import View, measure_unit_image

if TYPE_CHECKING:
    from rlseg.data.datamodule import ImageFolder

__all__ = [
    "ImageFolder",
    "Limits",
    "Normalisation",
    "Preparation",
    "UnitImage",
    "View",
    "measure_unit_image",
    "prepare_files",
    "prepare_image",
    "transform_sample",
]


def __getattr__(name: str) -> Any:
    # of all this it alone needs Lightning, which takes seconds to import
    if name == "ImageFolder":
        from rlseg.data.datamodule import ImageFolder

        return ImageFolder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
