"""What somebody has drawn on an image, as labels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels
from rlseg.errors import RlsegError
from rlseg.io.outlines import outlines_on_screen

NOTHING = "nothing is drawn yet"
HOW = "outline three objects or more with the tools of the shapes layer, or paint them in a labels layer"


def drawn_labels(
    drawn: npt.NDArray[np.integer] | Iterable[tuple[str, npt.ArrayLike]], size: tuple[int, int]
) -> tuple[Labels, tuple[str, ...]]:
    """The objects that are drawn.

    Args:
        drawn: (H, W) labels, 0 = nothing; or shapes, see `outlines_on_screen`.
        size: (H, W) of the image.

    Returns:
        (H, W) labels, and lines on what was left out.

    Raises:
        RlsegError: nothing is drawn, or labels have another size than the image.
    """
    if isinstance(drawn, np.ndarray):
        if drawn.shape != size:
            raise RlsegError(
                f"the labels have shape {drawn.shape}, the image has shape {size}", "do both belong together?"
            )
        if not drawn.any():
            raise RlsegError(NOTHING, HOW)
        return drawn.astype(np.int32), ()
    shapes = list(drawn)
    if not shapes:
        raise RlsegError(NOTHING, HOW)
    outlines = outlines_on_screen(shapes, size)
    return outlines.labels, outlines.notes
