"""Outlines of objects drawn on their image."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from rlseg.arrays import ndimage
from rlseg.errors import RlsegError
from rlseg.io import atomic
from rlseg.pictures.drawing import Rgb, enlarge, object_colours, outlines, stretch


def draw_overlay(
    image: npt.NDArray[np.floating], labels: npt.NDArray[np.integer], scale: int = 2, ids: bool = False
) -> Rgb:
    """The image, contrast stretched, with the outline of each object in its own colour.

    Args:
        image: (C, H, W) or (H, W); three channels are shown in colour, otherwise the first one in gray.
        labels: (H, W), 0 = background.
        scale: enlargement; outlines are two pixels of the enlarged picture wide.
        ids: write each object's label at its centre.

    Returns:
        (scale * H, scale * W, 3) uint8.

    Raises:
        RlsegError: image and labels are of different sizes.
    """
    image = image if np.ndim(image) == 3 else np.asarray(image)[None]
    if np.ndim(labels) != 2 or image.shape[1:] != labels.shape:
        raise RlsegError(f"an image (C, H, W) of shape {image.shape} and labels (H, W) of shape {np.shape(labels)}")
    height, width = labels.shape
    size = (width * scale, height * scale)
    picture = np.array(Image.fromarray(stretch(image)).resize(size, Image.Resampling.BICUBIC))
    outline = outlines(enlarge(labels, scale))
    picture[outline > 0] = object_colours(labels)[outline[outline > 0]]
    if not ids:
        return picture
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    present = np.unique(labels[labels > 0])
    for label, (row, column) in zip(present, ndimage.center_of_mass(labels > 0, labels, present), strict=True):
        place = ((column + 0.5) * scale, (row + 0.5) * scale)
        draw.text(place, str(label), fill="white", anchor="mm", stroke_width=1, stroke_fill="black")
    return np.asarray(canvas)


def write_overlay(
    path: Path,
    image: npt.NDArray[np.floating],
    labels: npt.NDArray[np.integer],
    scale: int = 2,
    ids: bool = False,
) -> None:
    """Write `draw_overlay` as PNG.

    Raises:
        RlsegError: the file cannot be written.
    """
    buffer = io.BytesIO()
    Image.fromarray(draw_overlay(image, labels, scale, ids)).save(buffer, format="png")
    with atomic(path) as file:
        file.write(buffer.getbuffer())
