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
    drawn: npt.NDArray[np.integer] | Iterable[tuple[str, npt.ArrayLike]],
    size: tuple[int, int],
    of_file: bool = False,
) -> tuple[Labels, tuple[str, ...]]:
    """The objects that are drawn.

    Args:
        drawn: (H, W) labels, 0 = nothing; or shapes, see `outlines_on_screen`.
        size: (H, W) of the image.
        of_file: whether labels were read from outlines, which end with the last object where a file does not say how
            large its image is; they are continued.

    Returns:
        (H, W) labels, and lines on what was left out.

    Raises:
        RlsegError: nothing is drawn, or labels have another size than the image.
    """
    if isinstance(drawn, np.ndarray):
        if of_file and drawn.ndim == 2 and drawn.shape[0] <= size[0] and drawn.shape[1] <= size[1]:
            drawn = np.pad(drawn, [(0, whole - part) for part, whole in zip(drawn.shape, size, strict=True)])
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
