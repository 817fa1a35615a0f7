"""Superpixels much finer than the objects: a training would take hours to put them together again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lightning.pytorch.utilities import rank_zero_info

from rlseg.data import Preparation
from rlseg.errors import RlsegError
from rlseg.graph import SampleFacts
from rlseg.io import PixelSize

_MANY, _TOO_MANY = (30.0, 3_000.0), (100.0, 20_000.0)
_ADVICE = (
    "larger superpixels (`rlseg superpixels CONFIGURATION` shows some), a smaller data.preparation.working_width, or "
    "in the reward file how wide the objects truly are"
)


def refuse_too_many(samples: Sequence[SampleFacts], preparation: Preparation) -> None:
    """See that superpixels are not much smaller than the objects, where anything is known of these.

    Args:
        samples: of a training, at least one.
        preparation: that has made them.

    Raises:
        RlsegError: in the median image, more than 20,000, and more than 100 for the area of an object. A warning is
            given from 3,000 and 30 on.
    """
    if preparation.objects is None:
        return
    counts = [(sample.nodes, _an_object(sample, preparation)) for sample in samples]
    nodes, each = (float(np.median(values)) for values in zip(*counts, strict=True))
    if each <= _MANY[0] or nodes <= _MANY[1]:
        return
    # auto tries nothing in volumes, and where it is said already it has tried
    first = preparation.volume or preparation.superpixels.kind == "auto"
    advice = f"say {_ADVICE}" if first else f"say data.preparation.superpixels.kind auto, or {_ADVICE}"
    message = f"{nodes:.0f} superpixels an image, {each:.0f} for the area of one object"
    if each > _TOO_MANY[0] and nodes > _TOO_MANY[1]:
        raise RlsegError(f"too many superpixels: {message}", advice)
    rank_zero_info(f"warning: many superpixels, the training will be slow: {message}; {advice}")


def _an_object(sample: SampleFacts, preparation: Preparation) -> float:
    """Superpixels for the area, or the volume, of a round object of middle width."""
    *plane, row, column = sample.pixel_size
    size = PixelSize(row, column, *plane) if row > 0 and column > 0 else None
    area = np.pi / 4 * float(np.prod(preparation.widths(size)))
    if preparation.volume:
        area = np.pi / 6 * float(np.prod(preparation.widths(size))) ** 1.5 / float(np.prod(preparation.spacing(size)))
    return sample.nodes * area / float(np.prod(sample.shape))
