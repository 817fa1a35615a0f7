"""One image that a user of Python has, as a graph."""

from __future__ import annotations

from typing import Any

from rlseg.data.prepare import Preparation
from rlseg.graph import Sample
from rlseg.io import image_of


def prepare_image(image: Any, preparation: Preparation = Preparation(), name: str = "image") -> Sample:
    """Superpixels, graph, features and tables of one image, as a training sees it.

    Args:
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file.
        preparation: its settings; `Preparation.model_validate(...)` reads those under `data.preparation` of a
            configuration.
        name: of the sample.

    Raises:
        RlsegError: the image cannot be read.
    """
    return preparation(image_of(image), name)
