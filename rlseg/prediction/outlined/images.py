"""Images and what is outlined in them, read but not prepared yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io import OutlineFile, RawImage, Reading, read_image, read_labels, read_outlines


@dataclass(frozen=True)
class OutlinedImage:
    """An image with outlined objects.

    Attributes:
        name: of the image.
        raw: the image.
        labels: (H, W) the objects that lie wholly in it by their numbers in the file of outlines, 0 elsewhere; of a
            volume (Z, H, W).
        cut_off: number of objects that touch the border and are not in `labels`.
        notes: lines on what was changed in reading the image, and left out of the outlines.
    """

    name: str
    raw: RawImage
    labels: Labels
    cut_off: int
    notes: tuple[str, ...] = ()


def read_outlined(
    files: Sequence[OutlineFile], reading: Reading = Reading(), volume: bool = False
) -> tuple[OutlinedImage, ...]:
    """Read images and their outlines.

    Args:
        files: of `find_outlines`, each with its image.
        reading: how image files are read.
        volume: whether they are stacks of planes that belong together, outlined by stacks of labels.

    Raises:
        RlsegError: a file cannot be used, or image and outlines do not fit together.
    """
    found = []
    for file in files:
        if file.image is None:
            raise RlsegError(f"no image for the outlines {file.path}", "image and outlines have the same name")
        raw = read_image(file.image, reading=reading, volume=volume)
        notes: tuple[str, ...] = ()
        if volume:
            labels = read_labels(file.path, raw.pixels.shape[1:])
        else:
            shape = raw.pixels.shape[1], raw.pixels.shape[2]
            outlines = read_outlines(file.path, shape, file.stem.rpartition("/")[2])
            labels, notes = outlines.labels, outlines.notes
        whole, cut_off = without_border(labels)
        found.append(OutlinedImage(file.stem, raw, whole, cut_off, (*raw.notes, *notes)))
    return tuple(found)


def without_border(labels: Labels) -> tuple[Labels, int]:
    """(H, W) or (Z, H, W) the objects that do not touch the border of the image, and how many do."""
    sides = [labels.take(end, axis).ravel() for axis in range(labels.ndim) for end in (0, -1)]
    border = np.unique(np.concatenate(sides))
    border = border[border > 0]
    return np.where(np.isin(labels, border), 0, labels).astype(np.int32), len(border)
