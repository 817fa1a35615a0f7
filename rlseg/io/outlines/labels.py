"""Label images, those of Cellpose (`NAME_cp_masks.tif`) among them."""

from __future__ import annotations

from rlseg.io.decode import DECODERS
from rlseg.io.outlines.base import OutlineFormat
from rlseg.io.outlines.shapes import Found
from rlseg.io.outlines.source import Source
from rlseg.io.read import read_labels


class LabelImage(OutlineFormat):
    """Whole numbers, 0 where nothing is outlined; each number is one object."""

    kind = "label image"
    suffixes = tuple(suffix for decoder in DECODERS if decoder.installed for suffix in decoder.suffixes)

    def recognises(self, source: Source) -> bool:
        """As images are."""
        folder = source.path.is_dir()
        known = (decoder for decoder in DECODERS if decoder.installed and decoder.folders == folder)
        return any(decoder.recognises(source.path, source.start) for decoder in known)

    def read(self, source: Source) -> Found:
        """As labels are read everywhere."""
        labels = read_labels(source.path)
        return Found(shape=labels.shape, labels=labels)
