"""A model applied to images of another magnification: they are looked at as large as those of its training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rlseg.arrays import Floats, Labels
from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.io import PixelSize, RawImage, square_pixels
from rlseg.rewards import unit_of

MOST_ENLARGED = 4
LEAST = 1.1
"""Magnifications that differ by less are the same."""


def with_size(image: RawImage, preparation: Preparation, width: float | None) -> RawImage:
    """An image whose pixel size follows from how wide its objects are, if the model knows their width in um.

    Args:
        image: as read.
        preparation: of the model.
        width: typical short diameter of the objects in px, or None.
    """
    if width is None or preparation.objects is None or preparation.objects_in == "px" or preparation.volume:
        return image
    return replace(image, pixel_size=square_pixels(preparation.objects.middle / width))


def magnification(image: RawImage, preparation: Preparation, width: float | None = None) -> float:
    """How much larger the objects are on an image than they were on those of the training.

    Args:
        image: as read.
        preparation: of the model.
        width: typical short diameter of the objects in px; if not given, pixel sizes say it where both are known.

    Returns:
        1 where it is the same, or where nothing is known; where the model speaks of um, for then nothing changes; and
        of volumes.

    Raises:
        RlsegError: a width was given, and the model does not know that of its own objects, or is one of volumes.
    """
    if width is not None and not 0 < width < float("inf"):
        raise RlsegError(f"--width must be a positive number of px, got {width:g}")
    objects = preparation.objects
    if preparation.volume:
        if width is not None:
            raise RlsegError(
                "volumes are not brought to another magnification yet, so --width says nothing to a model of volumes",
                "leave it out",
            )
        return 1.0
    if width is not None and objects is None:
        raise RlsegError(
            "the model does not know how wide its objects are, so --width says nothing to it",
            "train it with a reward file that has a section objects, or resample the images",
        )
    if objects is None or preparation.objects_in == "um":
        return 1.0
    if width is not None:
        ratio = width / objects.middle
    elif preparation.trained_on is None or image.pixel_size is None:
        return 1.0
    else:
        ratio = preparation.trained_on / image.pixel_size.side
    return 1.0 if max(ratio, 1 / ratio) < LEAST else ratio


def resampled(image: RawImage, ratio: float) -> RawImage:
    """The image as large as the model knows its objects, with linear interpolation, smoothed where it is reduced.

    Raises:
        RlsegError: nothing would be left of it, or it would be too large.
    """
    shape = tuple(max(round(side / ratio), 1) for side in image.pixels.shape[1:])
    if ratio < 1 / MOST_ENLARGED:
        raise RlsegError(
            f"objects {ratio:.3g} times as wide as in the training: none is enlarged more than {MOST_ENLARGED} times",
            "there is too little to see on it",
        )
    if min(shape) < 2:
        raise RlsegError(f"objects {ratio:.3g} times as wide as in the training leave {shape[0]} x {shape[1]} pixels")
    from skimage.transform import resize  # takes long to import, and most images have the usual magnification

    channels = [resize(channel, shape, order=1, mode="edge", anti_aliasing=ratio > 1) for channel in image.pixels]
    size = image.pixel_size
    return replace(
        image,
        pixels=np.stack(channels).astype(np.float32),
        pixel_size=None if size is None else PixelSize(size.row * ratio, size.column * ratio),
    )


def brought_back(
    labels: Labels, columns: dict[str, Floats], shape: tuple[int, int], ratio: float
) -> tuple[Labels, dict[str, Floats]]:
    """Labels and their columns at the size of the image; objects without a pixel there are left out.

    Args:
        labels: (h, w) objects 1..n of the resampled image.
        columns: name -> (n,), lengths and areas in pixels of the resampled image.
        shape: (H, W) of the image.
        ratio: see `magnification`.
    """
    rows, across = (
        np.minimum(((np.arange(side) + 0.5) * small / side).astype(np.int64), small - 1)
        for side, small in zip(shape, labels.shape, strict=True)
    )
    large = labels[np.ix_(rows, across)]
    kept = np.unique(large[large > 0])
    numbers = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    numbers[kept] = np.arange(1, len(kept) + 1)
    return numbers[large], {name: values[kept - 1] * ratio ** _power(name) for name, values in columns.items()}


def _power(column: str) -> int:
    """Of the length in the unit of a column, which is called by a descriptor, perhaps with the number of a channel."""
    name = column.rstrip("0123456789").rstrip("_") if column[-1:].isdigit() else column
    if column.endswith(("_um", "_um2")):
        return 0
    try:
        return {"px": 1, "px2": 2}.get(unit_of(name), 0)
    except KeyError:
        return 0
