"""Label images, those of Cellpose (`NAME_cp_masks.tif`) among them."""

from __future__ import annotations

import numpy as np

from rlseg.io.decode import DECODERS
from rlseg.io.outlines.base import OutlineFormat
from rlseg.io.outlines.shapes import Found, Mask, Shape
from rlseg.io.outlines.source import Source
from rlseg.io.read import read_labels


class LabelImage(OutlineFormat):
    """Whole numbers, 0 where nothing is outlined."""

    kind = "label image"
    suffixes = tuple(suffix for decoder in DECODERS for suffix in decoder.suffixes)

    def recognises(self, source: Source) -> bool:
        """As images are."""
        folder = source.path.is_dir()
        return any(d.folders == folder and d.recognises(source.path, source.start) for d in DECODERS)

    def read(self, source: Source) -> Found:
        """Each number is one object."""
        from scipy import ndimage

        labels = read_labels(source.path)
        found = Found(shape=labels.shape)
        # numbers without gaps: a label may be as large as two thousand million
        present, where = np.unique(labels, return_inverse=True)
        rest = int(present[0] == 0)
        for index, box in enumerate(ndimage.find_objects(where.reshape(labels.shape) + 1 - rest)):
            number = int(present[index + rest])
            pixels = labels[box] == number
            found.shapes.append(Shape(str(number), (Mask(box[0].start, box[1].start, pixels),), number))
        return found
