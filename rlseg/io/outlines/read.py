"""The outlined objects of one image, whatever the program they were outlined in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io.outlines.draw import draw, extent, left_out_note
from rlseg.io.outlines.formats import format_of
from rlseg.io.outlines.source import Source

_MOST_PIXELS = 2**29


@dataclass(frozen=True)
class Outlines:
    """The outlined objects of an image.

    Attributes:
        labels: (H, W) int32, 0 where nothing is outlined.
        names: label -> what the file calls the object; may be empty.
        kind: of the file.
        notes: lines on what was left out.
    """

    labels: Labels
    names: dict[int, str]
    kind: str
    notes: tuple[str, ...] = ()


def read_outlines(path: str | Path, shape: tuple[int, int] | None = None, image: str | None = None) -> Outlines:
    """Read outlined objects; the content decides which format it is.

    A pixel belongs to the object that its centre lies in. Objects keep the numbers of label images and of what rlseg
    writes, others count from 1 in the order of the file.

    Args:
        path: a label image; a .roi, a RoiSet.zip or a folder of .roi files of ImageJ; GeoJSON; shapes of napari (csv);
            JSON of LabelMe or COCO.
        shape: (H, W) of the image. If None, what the file says, or else just large enough for all objects.
        image: name without suffix of the image, for a COCO file of several.

    Raises:
        RlsegError: the file is missing, broken, of no such format, of an image of another size, or holds no object.
    """
    source = Source(Path(path), image)
    form = format_of(source)
    found = form.read(source)
    if shape is not None and found.shape is not None and found.shape != shape:
        raise RlsegError(f"{path} has shape {found.shape}, its image has shape {shape}", "do both belong together?")
    if found.labels is not None:  # an image in which nothing is labelled is one without objects
        names = {int(number): str(number) for number in np.unique(found.labels) if number > 0}
        return Outlines(found.labels, names, form.kind, tuple(f"{path}: {line}" for line in found.notes))
    size = shape or found.shape or extent(found.shapes)
    if size[0] * size[1] > _MOST_PIXELS:
        raise RlsegError(f"{path} has outlines as far as row {size[0]}, column {size[1]}", "give the image with it")
    labels, names = draw(found, size)
    note = left_out_note(found)
    notes = tuple(f"{path}: {line}" for line in [*found.notes, *([note] if note else [])])
    if not names:
        hint = note or "outline some objects, and save them again"
        raise RlsegError(f"{path} ({form.kind}) holds no outlined object within {size[0]} x {size[1]} pixels", hint)
    return Outlines(labels, names, form.kind, notes)
