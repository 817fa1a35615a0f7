"""Watershed from markers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rlseg.arrays import Labels, Map
from rlseg.data.filters.floods import flood, fronts
from rlseg.graph import pieces_of


def watershed(
    image: Map, markers: npt.NDArray[np.integer] | None = None, mask: npt.NDArray[np.bool_] | None = None
) -> Labels:
    """The basins that `skimage.segmentation.watershed` finds, about four times faster.

    The order is that of scikit-image: the lowest pixel first, and of equals the one that was reached first, where a
    pixel counts at least as high as the one from which it was reached (P. Soille and M. Ansoult, Automated basin
    delineation from digital elevation models using mathematical morphology, 1990). Pixels of markers of one height come
    as one reads, row by row, which is the same in every part of an image; scikit-image leaves it to how its heap lies.

    Args:
        image: (H, W) finite heights, in any unit.
        markers: (H, W) >= 0, a number for each basin, 0 = no marker; the local minima, numbered, if None.
        mask: (H, W) what may be flooded; everything if None.

    Returns:
        (H, W) int32: the number of each pixel's basin, 0 where no marker reaches.
    """
    height, width = image.shape
    if markers is None:
        from skimage.morphology import local_minima  # takes long to import, and most who ask have markers

        markers, _ = pieces_of(local_minima(image, connectivity=1))
    # all outside counts as flooded
    labels = np.full((height + 2, width + 2), -1, np.int32)
    labels[1:-1, 1:-1] = markers if mask is None else np.where(mask, markers, -1)
    values = np.empty(labels.shape)
    values[1:-1, 1:-1] = image
    starts = fronts(labels.ravel(), width + 2)
    if len(starts):
        flood(values.ravel(), labels.ravel(), starts, width + 2, float(image.min()), float(image.max()))
    found = labels[1:-1, 1:-1]
    return found.copy() if mask is None else np.maximum(found, 0)
