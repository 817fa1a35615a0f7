"""One image that a user of Python has, as a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rlseg.data.prepare import Preparation
from rlseg.errors import RlsegError
from rlseg.graph import Sample
from rlseg.io import image_of, square_pixels


def prepare_image(
    image: Any,
    preparation: Preparation | Mapping[str, Any] = Preparation(),
    name: str = "image",
    pixel_size: float | None = None,
) -> Sample:
    """Superpixels, graph, features and tables of one image, as a training sees it.

    Args:
        image: a file, or an array (H, W) or (C, H, W) of intensities as they would be stored in a file; of volumes
            (Z, H, W) or (C, Z, H, W).
        preparation: its settings, also as they stand under `data.preparation` of a configuration.
        name: of the sample.
        pixel_size: um per pixel, instead of what the file says.

    Raises:
        RlsegError: the image cannot be read, or a setting is wrong.
    """
    if isinstance(preparation, Mapping):
        try:
            preparation = Preparation.model_validate(preparation)
        except ValidationError as error:
            first = error.errors()[0]
            raise RlsegError(f"preparation.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    raw = image_of(image, volume=preparation.volume)
    size = raw.pixel_size if pixel_size is None else square_pixels(pixel_size, raw.pixel_size)
    return preparation(raw.pixels, name, pixel_size=size)
